/** Upstreams given by name: where their addresses come from (RFC 8310, 7), and which is taken (RFC 8305). */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pinOfPem } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import { TYPE } from "../helpers/message.ts";
import { NameServer } from "../helpers/name_server.ts";
import { type Program, runProgram } from "../helpers/program.ts";
import { freePort } from "../helpers/real_peer.ts";
import { buildQuery } from "../helpers/query.ts";
import { startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** IPv6 addresses as the name server of the tests takes them; nothing listens at the first. */
const IPV6_LOOPBACK = "0:0:0:0:0:0:0:1";

/** Starts the program with an upstream by name, which is at `port`. */
async function startNamed(
  port: number,
  resolvers: readonly (NameServer | string)[],
  options: { identity?: string; env?: Record<string, string> } = {},
): Promise<Program> {
  const { authority } = await trust();
  const addresses = resolvers.map((each) => typeof each === "string" ? each : each.address);
  const args = addresses.flatMap((address) => ["--bootstrap", address]);
  const uri = `tls://${UPSTREAM_NAME}:${port}${options.identity ?? ""}`;
  return await startWithUpstreams([uri], authority, { args, env: options.env });
}

async function startUpstream(): Promise<ScriptedUpstream> {
  return new ScriptedUpstream({ identity: (await trust()).identity });
}

/** Asks one question, which is answered. */
async function answered(program: Program, name = "www.example"): Promise<void> {
  using client = new UdpClient(program.address);
  const query = buildQuery(name);
  assertAnswered(query, await client.ask(query));
}

/** The address of a resolver that answers nothing. */
function silentServer(): NameServer {
  return new NameServer({ answers: () => false });
}

Deno.test("Forwarder asks the resolver named by --bootstrap for its upstream's address, and nobody through itself (DOT-16)", async () => {
  using names = new NameServer();
  await using upstream = await startUpstream();
  await using program = await startNamed(upstream.port, [names]);
  await answered(program);
  assertEquals(new Set(names.names), new Set([UPSTREAM_NAME]));
  assertEquals((await program.summary()).received, 1);
});

Deno.test("Forwarder tells clients that the name of its upstream is not found (DOT-16; 1.9)", async () => {
  using silent = silentServer();
  await using program = await startNamed(853, [silent]);
  using client = new UdpClient(program.address);
  const query = buildQuery("www.example", { edns: true });
  const reply = await client.ask(query, 6000);
  assertServerFailure(query, reply, [14, 23], false);
  assertStringIncludes(program.stderr, `name not found at ${silent.address} (no answer)`);
});

Deno.test("Forwarder asks the next --bootstrap where the first does not answer, or denies the name", async () => {
  await using upstream = await startUpstream();
  using silent = silentServer();
  using ignorant = new NameServer({ addresses: [] });
  using names = new NameServer();
  await using program = await startNamed(upstream.port, [silent, ignorant, names]);
  await answered(program);
});

Deno.test("Forwarder refuses a --bootstrap that is itself, and more than eight (DOT-16)", async () => {
  const port = freePort();
  const own = `127.0.0.1:${port}`;
  const args = ["--listen", own, "--upstream", `tls://${UPSTREAM_NAME}`, "--bootstrap", own];
  const { code, stderr } = await runProgram(args);
  assertEquals(code, 2);
  assertMatch(stderr, new RegExp(`^dnsfwd: --bootstrap "${own}": dnsfwd itself listens there `));
  const many = Array.from({ length: 9 }, (_, at) => ["--bootstrap", `192.0.2.${at}`]).flat();
  const exit = await runProgram(["--upstream", `tls://${UPSTREAM_NAME}`, ...many]);
  assertEquals(exit.code, 2);
  assertStringIncludes(exit.stderr, '--bootstrap "192.0.2.8": at most 8 are allowed');
});

Deno.test("Forwarder tries all addresses of a name, IPv6 among them, until one can be connected to (RFC 8305, 5)", async () => {
  await using upstream = await startUpstream();
  const addresses = [IPV6_LOOPBACK, "127.0.0.7", "127.0.0.8", "127.0.0.1"];
  using names = new NameServer({ addresses });
  await using program = await startNamed(upstream.port, [names]);
  await answered(program);
});

Deno.test("Forwarder does not wait for an answer about IPv6 that never comes (RFC 8305, 3)", async () => {
  await using upstream = await startUpstream();
  using names = new NameServer({ answers: (type) => type === TYPE.A });
  await using program = await startNamed(upstream.port, [names]);
  await answered(program);
});

for (const identity of ["without a pin", "with a pin"]) {
  Deno.test(`Forwarder takes another address the next time, where the handshake fails at the first: ${identity}`, async () => {
    const { identity: { cert } } = await trust();
    await using upstream = await startUpstream();
    using bad = new Closing("127.0.0.9", upstream.port);
    using names = new NameServer({ addresses: ["127.0.0.9", "127.0.0.1"] });
    const pin = `?pin=${await pinOfPem(cert)}`;
    const options = identity === "with a pin" ? { identity: pin } : {};
    await using program = await startNamed(upstream.port, [names], options);
    await answered(program);
    program.signal("SIGHUP");
    await waitUntil(() => /Configuration reloaded/.test(program.stderr), "the log");
    await answered(program, "other.example");
    assertEquals([bad.connections, upstream.handshakes], [1, 2]);
  });
}

Deno.test("Forwarder uses pins with an upstream of several addresses, the first of which is dead (RFC 8305, 5; RFC 7858, 4.2)", async () => {
  const { identity: { cert } } = await trust();
  await using upstream = await startUpstream();
  using names = new NameServer({ addresses: [IPV6_LOOPBACK, "127.0.0.7", "127.0.0.1"] });
  const identity = `?pin=${await pinOfPem(cert)}`;
  await using program = await startNamed(upstream.port, [names], { identity });
  await answered(program);
});

Deno.test("Forwarder asks the system for the addresses of its upstream where there is no --bootstrap, and tries all", async () => {
  const { authority } = await trust();
  await using upstream = new ScriptedUpstream({
    identity: await authority.issue({ dnsNames: ["localhost"] }),
  });
  const uri = `tls://localhost:${upstream.port}`;
  await using program = await startWithUpstreams([uri], authority);
  await answered(program);
});

/** Takes connections at an address, and closes them. */
class Closing implements Disposable {
  connections = 0;
  readonly #listener: Deno.Listener;

  constructor(hostname: string, port: number) {
    this.#listener = Deno.listen({ hostname, port });
    this.#serve();
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      this.connections++;
      connection.close();
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}
