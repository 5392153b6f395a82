/** Servers that take a connection and say nothing: what is given up is closed, however often it is tried (A10). */

import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { ClockFloor } from "../../lib/base/clock_floor.ts";
import { DialError } from "../../lib/net/dial_error.ts";
import { Dialer } from "../../lib/net/dialer.ts";
import { createAuthority, type Identity } from "../helpers/certificate.ts";
import { withoutSignatures } from "../helpers/older_runtime.ts";
import { trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Takes connections, says nothing, and counts those that the other side has closed. */
class SilentServer implements Disposable {
  accepted = 0;
  closed = 0;
  readonly #open = new Set<Deno.Conn>();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  constructor() {
    this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      this.accepted++;
      this.#open.add(connection);
      this.#readAll(connection);
    }
  }

  async #readAll(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4096);
    while (await connection.read(buffer).catch(() => null) !== null);
    this.closed++;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#open) connection.close();
  }
}

const STRICT = { pins: [], isAuthenticated: true, caFiles: [] };

for (const identity of [undefined, STRICT]) {
  const how = identity ? "with an identity" : "without an identity";
  Deno.test(`Dialer.dial() leaves at most one connection open, ${how}, to a server that says nothing`, async () => {
    const { authority } = await trust();
    using server = new SilentServer();
    const { port } = server;
    const dialer = new Dialer(
      { transport: "tls", hostname: "127.0.0.1", port, serverName: UPSTREAM_NAME, identity },
      { timeout: 100, caCerts: [authority.pem] },
    );
    for (let round = 0; round < 5; round++) {
      const error = await assertRejects(() => dialer.dial(), DialError);
      assertEquals(error.message, "no TLS handshake within 0.1 s");
    }
    await waitUntil(() => server.closed >= server.accepted - 1, "end of connections");
    assertLessOrEqual(server.accepted, 5);
  });
}

Deno.test("Dialer.dial() still wants name and authority where the server said nothing before", async () => {
  const { authority, identity } = await trust();
  const other = await authority.issue({ dnsNames: ["other.example"] });
  const stranger = await (await createAuthority()).issue({ dnsNames: [UPSTREAM_NAME] });
  const cases: [Identity, string | undefined][] = [
    [identity, undefined],
    [other, "certificate is for another name"],
    [stranger, "certificate of an unknown authority"],
  ];
  for (const [shown, message] of cases) {
    await using upstream = new ScriptedUpstream({ identity: shown, greeting: "silence" });
    const floor = new ClockFloor({ built: 1, wall: () => 0 });
    const dialer = new Dialer(
      { transport: "tls", hostname: "127.0.0.1", port: upstream.port, serverName: UPSTREAM_NAME },
      { timeout: 300, caCerts: [authority.pem], floor },
    );
    for (let round = 0; round < 2; round++) await assertRejects(() => dialer.dial(), DialError);
    upstream.greeting = "serve";
    for (let round = 0; round < 2; round++) {
      if (message === undefined) (await dialer.dial()).close();
      else assertEquals((await assertRejects(() => dialer.dial(), DialError)).message, message);
    }
    assertEquals([floor.isProven, upstream.queries.length], [message === undefined, 0]);
  }
});

Deno.test("Dialer.dial() reaches a server that said nothing before on an older runtime too, and no stranger", async () => {
  const { authority, identity } = await trust();
  const stranger = await (await createAuthority()).issue({ dnsNames: [UPSTREAM_NAME] });
  using _ = withoutSignatures();
  for (const shown of [identity, stranger]) {
    await using upstream = new ScriptedUpstream({ identity: shown, greeting: "silence" });
    const dialer = new Dialer(
      { transport: "tls", hostname: "127.0.0.1", port: upstream.port, serverName: UPSTREAM_NAME },
      { timeout: 300, caCerts: [authority.pem] },
    );
    await assertRejects(() => dialer.dial(), DialError, "no TLS handshake");
    upstream.greeting = "serve";
    if (shown === identity) (await dialer.dial()).close();
    else await assertRejects(() => dialer.dial(), DialError, "unknown authority");
  }
});
