/** Upstreams given by name: where their address comes from (RFC 8310, 7). */

import { assertEquals, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { parseMessage, TYPE } from "../helpers/message.ts";
import { buildQuery, buildResponse } from "../helpers/query.ts";
import { startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";

/** A resolver over UDP that knows one address, and notes the names asked. */
class NameServer implements Disposable {
  readonly names: string[] = [];
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });

  constructor() {
    this.#serve();
  }

  get address(): string {
    return `127.0.0.1:${(this.#socket.addr as Deno.NetAddr).port}`;
  }

  async #serve(): Promise<void> {
    for await (const [octets, from] of this.#socket) {
      const query = parseMessage(octets);
      const { name } = query.questions[0];
      this.names.push(name.toLowerCase());
      const answers = [{ name, type: TYPE.A, data: Uint8Array.of(127, 0, 0, 1) }];
      await this.#socket.send(buildResponse(query, { answers }), from);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

Deno.test("Forwarder asks the resolver named by --bootstrap for its upstream's address, and nobody through itself (DOT-16)", async () => {
  const { authority, identity } = await trust();
  using names = new NameServer();
  const upstream = new ScriptedUpstream({ identity });
  const port = new URL(upstream.uri.replace("tls:", "http:")).port;
  const uri = `tls://${UPSTREAM_NAME}:${port}`;
  const args = ["--bootstrap", names.address];
  await using program = await startWithUpstreams([uri], authority, { args });
  const client = new UdpClient(program.address);
  const query = buildQuery("www.example");
  const start = performance.now();
  assertAnswered(query, await client.ask(query));
  assertLessOrEqual(performance.now() - start, 2000);
  assertEquals(new Set(names.names), new Set([UPSTREAM_NAME]));
  assertEquals((await program.summary()).received, 1);
  client.close();
  await upstream.stop();
});

Deno.test("Forwarder tells clients that the name of its upstream is not found (DOT-16; 1.9)", async () => {
  const { authority } = await trust();
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const args = ["--bootstrap", `127.0.0.1:${port}`];
  await using program = await startWithUpstreams([`tls://${UPSTREAM_NAME}`], authority, { args });
  const client = new UdpClient(program.address);
  const reply = await client.ask(buildQuery("www.example"), 6000);
  assertEquals(reply.rcode, 2);
  assertStringIncludes(program.stderr, `name not found at 127.0.0.1:${port}`);
  client.close();
  silent.close();
});
