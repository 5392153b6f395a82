/** The program as a service manager sees it: what it is told, and when. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertAnswered } from "../helpers/expect.ts";
import { NotifyListener } from "../helpers/notify_listener.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";

for (const without of [undefined, "--allow-ffi"]) {
  const how = without ? ", without the C library" : "";
  for (const kind of ["file", "abstract"] as const) {
    Deno.test(`Forwarder tells a service manager that it is ready, reloads, lives and stops: ${kind}${how}`, async () => {
      using listener = new NotifyListener(kind);
      // Long enough that no machine takes this for a service that is stuck.
      const env = { NOTIFY_SOCKET: listener.name, WATCHDOG_USEC: "400000" };
      await using scenario = await startScenario({ env, without });
      const [ready, status] = await listener.nextWith("READY=1");
      assertEquals(ready, "READY=1");
      assertMatch(status, /^STATUS=Forwarding to tls:.*upstream\.test\.example/);
      for (let count = 0; count < 3; count++) await listener.nextWith("WATCHDOG=1");
      scenario.program.signal("SIGHUP");
      await listener.nextWith("RELOADING=1");
      await listener.nextWith("READY=1");
      const query = buildQuery("www.example");
      assertAnswered(query, await scenario.udp().ask(query));
      scenario.program.signal("SIGTERM");
      await listener.nextWith("STOPPING=1");
      const { code, stderr } = await scenario.stop();
      assertEquals([code, stderr.match(/.*service manager.*/g)], [0, null]);
    });
  }
}

Deno.test("Forwarder serves all the same where the service manager cannot be told anything", async () => {
  const env = { NOTIFY_SOCKET: "/nonexistent/notify", WATCHDOG_USEC: "soon" };
  await using scenario = await startScenario({ env });
  const query = buildQuery("www.example");
  assertAnswered(query, await scenario.udp().ask(query));
  assertStringIncludes(scenario.program.stderr, "Warning: Cannot tell the service manager");
});

Deno.test("Forwarder takes no sockets that are meant for another process", async () => {
  const env = { LISTEN_FDS: "2", LISTEN_PID: "1" };
  await using scenario = await startScenario({ env });
  const query = buildQuery("www.example");
  assertAnswered(query, await scenario.udp().ask(query));
});
