/** What a service manager hears (sd_notify(3)), on a socket as it would have. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Logger } from "../../../lib/base/log.ts";
import { ServiceManager } from "../../../lib/app/service/service_manager.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { NotifyListener } from "../../helpers/notify_listener.ts";

const VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

function quiet(warnings: string[] = []): Logger {
  const write = () => {};
  return { debug: write, info: write, warning: (text) => void warnings.push(text), error: write };
}

/** The C library stays open, as it does in the program. */
function test(name: string, fn: () => Promise<void> | void): void {
  Deno.test({ name, sanitizeResources: false, fn });
}

/** Runs with these variables, which are gone in the end in any case. */
async function withVariables(
  values: Record<string, string>,
  run: () => Promise<void> | void,
): Promise<void> {
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  try {
    await run();
  } finally {
    for (const name of VARIABLES) Deno.env.delete(name);
  }
}

for (const kind of ["file", "abstract"] as const) {
  test(`ServiceManager tells a socket of the kind "${kind}" what the program does`, async () => {
    using listener = new NotifyListener(kind);
    await withVariables({ NOTIFY_SOCKET: listener.name }, async () => {
      using manager = ServiceManager.find({ log: quiet() });
      assert(manager);
      assertEquals(manager.writesFile, false);
      manager.ready("Serving");
      assertEquals(await listener.next(), ["READY=1", "STATUS=Serving"]);
      manager.status("two\nlines");
      assertEquals(await listener.next(), ["STATUS=two lines"]);
      manager.reloading();
      const [reloading, time] = await listener.next();
      assertEquals(reloading, "RELOADING=1");
      assertMatch(time, /^MONOTONIC_USEC=\d+$/);
      manager.stopping();
      assertEquals((await listener.next())[0], "STOPPING=1");
    });
  });
}

test("ServiceManager.reloading() gives the time of the clock that the manager has (sd_notify(3))", async () => {
  using listener = new NotifyListener("file");
  await withVariables({ NOTIFY_SOCKET: listener.name }, async () => {
    const times: number[] = [];
    const uptime = Number((await Deno.readTextFile("/proc/uptime")).split(" ")[0]);
    using manager = ServiceManager.find({ log: quiet() });
    for (let count = 0; count < 2; count++) {
      manager?.reloading();
      times.push(Number((await listener.next())[1].split("=")[1]));
    }
    assert(times[0] < times[1] || times[0] === times[1]);
    // The clock of /proc/uptime also counts the time of sleep.
    assert(times[0] / 1e6 <= uptime + 5, `${times[0]} of ${uptime}`);
  });
});

test("ServiceManager.find() finds none without NOTIFY_SOCKET, and removes the variables", async () => {
  assertEquals(ServiceManager.find({ log: quiet() }), undefined);
  using listener = new NotifyListener("file");
  await withVariables({ NOTIFY_SOCKET: listener.name, WATCHDOG_USEC: "2000000" }, () => {
    using manager = ServiceManager.find({ log: quiet() });
    assert(manager);
    for (const name of VARIABLES) assertEquals(Deno.env.get(name), undefined);
  });
});

test("ServiceManager.find() warns of a socket that is of no known kind", async () => {
  for (const name of ["vsock:2:1234", "relative", "@", `/${"x".repeat(200)}`]) {
    const warnings: string[] = [];
    await withVariables({ NOTIFY_SOCKET: name }, () => {
      assertEquals(ServiceManager.find({ log: quiet(warnings) }), undefined);
    });
    assertMatch(warnings.join("\n"), /^The service manager at .* is told nothing: .+$/);
  }
});

test("ServiceManager warns once where nobody listens, and goes on", async () => {
  const warnings: string[] = [];
  await withVariables({ NOTIFY_SOCKET: "/nonexistent/notify" }, () => {
    using manager = ServiceManager.find({ log: quiet(warnings) });
    manager?.ready("Serving");
    manager?.stopping();
  });
  assertEquals(warnings.length, 1, warnings.join("\n"));
  assertMatch(warnings[0], /^Cannot tell the service manager/);
});

test("ServiceManager.watch() pings at half the time of the watchdog, while healthy", async () => {
  using listener = new NotifyListener("file");
  const clock = new FakeClock();
  const settings = { NOTIFY_SOCKET: listener.name, WATCHDOG_USEC: "30000000" };
  await withVariables({ ...settings, WATCHDOG_PID: `${Deno.pid}` }, async () => {
    using manager = ServiceManager.find({ clock, log: quiet() });
    let isHealthy = true;
    manager?.watch(() => isHealthy);
    assertEquals(await listener.next(), ["WATCHDOG=1"]);
    clock.advance(15_000);
    assertEquals(await listener.next(), ["WATCHDOG=1"]);
    isHealthy = false;
    clock.advance(45_000);
    manager?.status("in between");
    assertEquals(await listener.next(), ["STATUS=in between"]);
    isHealthy = true;
    clock.advance(15_000);
    assertEquals(await listener.next(), ["WATCHDOG=1"]);
    manager?.close();
    assertEquals(clock.running, 0);
  });
});

test("ServiceManager.watch() does nothing where the watchdog is not for this process", async () => {
  using listener = new NotifyListener("file");
  const cases: Record<string, string>[] = [
    {},
    { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" },
    { WATCHDOG_USEC: "0" },
    { WATCHDOG_USEC: "soon" },
  ];
  for (const variables of cases) {
    const clock = new FakeClock();
    await withVariables({ NOTIFY_SOCKET: listener.name, ...variables }, async () => {
      using manager = ServiceManager.find({ clock, log: quiet() });
      manager?.watch(() => true);
      clock.advance(60_000);
      manager?.status("end");
      assertEquals(await listener.next(), ["STATUS=end"]);
    });
  }
});

Deno.test({
  name: "ServiceManager tells it without the C library too, and then needs to write to a file",
  sanitizeResources: false,
  permissions: { ffi: false, net: true, read: true, write: true, env: true },
  fn: async () => {
    for (const kind of ["file", "abstract"] as const) {
      using listener = new NotifyListener(kind);
      await withVariables({ NOTIFY_SOCKET: listener.name }, async () => {
        using manager = ServiceManager.find({ log: quiet() });
        assertEquals(manager?.writesFile, kind === "file");
        manager?.reloading();
        manager?.ready("Serving");
        assertEquals(await listener.next(), ["RELOADING=1"]);
        assertEquals(await listener.next(), ["READY=1", "STATUS=Serving"]);
      });
    }
  },
});
