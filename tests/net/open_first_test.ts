import { assertEquals, assertRejects } from "@std/assert";
import type { AddressSource, Found } from "../../lib/net/address_source.ts";
import { DialError } from "../../lib/net/dial_error.ts";
import { openFirst } from "../../lib/net/open_first.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";

const TIMEOUT = 2000;
const IPV6 = "2001:db8::1";
const IPV4 = "192.0.2.1";

/** What becomes of a connection to an address: it opens, fails with a code, or nothing comes of it. */
type Fate = "open" | "silent" | "wrong server" | { readonly code: string };

/** Opens streams with made-up connections. */
class Stage implements AddressSource {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  /** The outcome, and the milliseconds until it was there. */
  readonly opened: Promise<[string, number]>;
  /** Tells addresses, until enough are known. */
  tell: Found = () => {};
  readonly #fates: Readonly<Record<string, Fate>>;
  readonly #completed = Promise.withResolvers<void>();

  constructor(fates: Readonly<Record<string, Fate>>, first = Object.keys(fates)) {
    this.#fates = fates;
    const start = this.clock.now();
    const opening = {
      connect: (address: string, signal: AbortSignal) => this.#connect(address, signal),
      close: (address: string) => void this.events.push(`close ${address}`),
      secure: (connection: string, address: string, timeout: number) =>
        this.#secure(connection, address, timeout),
    };
    this.opened = openFirst(this, opening, TIMEOUT, this.clock)
      .then((stream) => [stream, this.clock.now() - start]);
    this.tell(first);
  }

  /** There will be no more addresses. */
  complete(error?: Error): void {
    if (error) this.#completed.reject(error);
    else this.#completed.resolve();
  }

  find(found: Found, signal: AbortSignal): Promise<void> {
    this.tell = (addresses) => signal.aborted || found(addresses);
    return this.#completed.promise;
  }

  onOpened(address: string): void {
    this.events.push(`opened ${address}`);
  }

  onRefused(address: string): void {
    this.events.push(`refused ${address}`);
  }

  onUnreachable(): void {
    this.events.push("unreachable");
  }

  #connect(address: string, signal: AbortSignal): Promise<string> {
    const fate = this.#fates[address];
    if (fate === "silent") {
      return new Promise((_, reject) => {
        const giveUp = () => {
          this.events.push(`give up ${address}`);
          reject(new Error("given up"));
        };
        signal.addEventListener("abort", giveUp);
      });
    }
    if (fate === "open" || fate === "wrong server") return Promise.resolve(address);
    return Promise.reject(new DialError("connect", `not connected: ${fate.code}`, fate));
  }

  #secure(connection: string, address: string, timeout: number): Promise<string> {
    assertEquals(connection, address);
    if (this.#fates[address] === "open") return Promise.resolve(`${address}, ${timeout} ms left`);
    return Promise.reject(new DialError("handshake", "not the one"));
  }
}

Deno.test("openFirst() goes on to IPv4 after 250 ms where nothing comes of IPv6, and gives that up (RFC 8305, 5)", async () => {
  const stage = new Stage({ [IPV6]: "silent", [IPV4]: "open" });
  await stage.clock.pass(249);
  assertEquals(stage.events, []);
  await stage.clock.pass(1);
  assertEquals(await stage.opened, [`${IPV4}, 1750 ms left`, 250]);
  assertEquals(stage.events, [`give up ${IPV6}`, `opened ${IPV4}`]);
  assertEquals(stage.clock.running, 0);
});

Deno.test("openFirst() goes on at once where a connection is refused or has no route", async () => {
  const stage = new Stage({
    [IPV6]: { code: "ENETUNREACH" },
    [IPV4]: { code: "ECONNREFUSED" },
    "192.0.2.2": "open",
  });
  assertEquals(await stage.opened, ["192.0.2.2, 2000 ms left", 0]);
});

Deno.test("openFirst() connects to what is known, without waiting for what is not (RFC 8305, 3)", async () => {
  const stage = new Stage({ [IPV6]: "silent", [IPV4]: "open" }, [IPV6]);
  await stage.clock.pass(700);
  stage.tell([IPV4]);
  assertEquals(await stage.opened, [`${IPV4}, 1300 ms left`, 700]);
});

Deno.test("openFirst() tells the source which address is the wrong server's, and does not go on by itself", async () => {
  const stage = new Stage({ [IPV6]: "wrong server", [IPV4]: "open" });
  await assertRejects(() => stage.opened, DialError, "not the one");
  assertEquals(stage.events, [`refused ${IPV6}`]);
});

Deno.test("openFirst() fails with what says most, and not before all addresses are known", async () => {
  const stage = new Stage({ [IPV6]: { code: "ENETUNREACH" }, [IPV4]: { code: "ECONNREFUSED" } });
  const rejected = assertRejects(() => stage.opened, DialError, "not connected: ECONNREFUSED");
  await settled();
  assertEquals(stage.events, []);
  stage.complete();
  await rejected;
  assertEquals(stage.events, ["unreachable"]);
});

Deno.test("openFirst() says which addresses it tried where there are several, or at which it ended", async () => {
  const detailOf = async (fates: Readonly<Record<string, Fate>>) => {
    const stage = new Stage(fates);
    stage.complete();
    return ((await assertRejects(() => stage.opened)) as DialError).detail;
  };
  const refused = { code: "ECONNREFUSED" };
  assertEquals(await detailOf({ [IPV4]: refused }), "");
  const both = { [IPV6]: { code: "ENETUNREACH" }, [IPV4]: refused };
  assertEquals(await detailOf(both), `; tried ${IPV6}, ${IPV4}`);
  assertEquals(await detailOf({ [IPV4]: "wrong server" }), "");
  assertEquals(await detailOf({ [IPV6]: "wrong server", [IPV4]: "open" }), `; at ${IPV6}`);
});

Deno.test("openFirst() fails for want of a route where there is none to any address", async () => {
  const stage = new Stage({ [IPV6]: { code: "ENETUNREACH" }, [IPV4]: { code: "EHOSTUNREACH" } });
  stage.complete();
  const error = await assertRejects(() => stage.opened, DialError);
  assertEquals((error as DialError).isRouteless, true);
});

Deno.test("openFirst() fails with the reason why there is no address", async () => {
  const stage = new Stage({});
  stage.complete(new DialError("connect", "name not found"));
  await assertRejects(() => stage.opened, DialError, "name not found");
});

Deno.test("openFirst() takes two seconds in all, and says what it waited for", async () => {
  const cases: [Record<string, Fate>, string][] = [
    [{ [IPV4]: "silent" }, "no connection within 2 s"],
    [{}, "name not found within 2 s"],
  ];
  for (const [fates, text] of cases) {
    const stage = new Stage(fates);
    const rejected = assertRejects(() => stage.opened, DialError, text);
    await stage.clock.pass(TIMEOUT);
    await rejected;
    assertEquals(stage.clock.running, 0);
  }
});
