/** Sockets that a service manager has opened, as it passes them (sd_listen_fds(3)). */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TcpClient, UdpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { Program, type ProgramOptions } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort, peerTest } from "../helpers/real_peer.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { ACTIVATE, activation, type Given } from "../helpers/socket_activation.ts";
import { waitUntil, within } from "../helpers/waiting.ts";

const LIMIT = 20_000;

interface Stage {
  readonly program: Program;
  readonly address: Deno.NetAddr;
  udp(address?: Deno.NetAddr): UdpClient;
  tcp(): Promise<TcpClient>;
}

/** A test of the program with sockets of the kinds that `given` makes of a free address. */
function activationTest(
  name: string,
  given: (listen: string) => Given[],
  run: (stage: Stage) => Promise<void>,
  more: { args?: string[]; options?: ProgramOptions } = {},
): void {
  peerTest([ACTIVATE], name, async () => {
    const port = freePort();
    const address: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
    const upstream = new ScriptedUpstream();
    const clients: (UdpClient | TcpClient)[] = [];
    const args = ["run", "--upstream", upstream.uri, ...more.args ?? []];
    const prefix = activation(given(`127.0.0.1:${port}`));
    const program = new Program(args, { ...more.options, prefix });
    try {
      await waitUntil(() => program.stderr.includes("Listening on"), "sockets", LIMIT);
      await run({
        program,
        address,
        udp: (to = address) => {
          const client = new UdpClient(to);
          clients.push(client);
          return client;
        },
        tcp: async () => {
          const client = await TcpClient.connect(address);
          clients.push(client);
          return client;
        },
      });
    } finally {
      for (const client of clients) await client.close();
      await program.stop();
      await upstream.stop();
    }
  });
}

function pair(listen: string): Given[] {
  return [{ listen, isDatagram: true }, { listen }];
}

activationTest(
  "Forwarder answers on inherited UDP and TCP sockets, the query that started it among them",
  pair,
  async ({ program, address, udp, tcp }) => {
    const first = buildQuery("first.example");
    assertAnswered(first, await udp().ask(first, LIMIT));
    const second = buildQuery("second.example");
    assertAnswered(second, await (await tcp()).ask(second));
    const lines = program.stderr.match(/Listening on .*\)/g);
    const line = `Listening on 127.0.0.1:${address.port} (UDP and TCP, from the service manager)`;
    assertEquals(lines, [line]);
    const { code, stderr } = await program.stop();
    assertEquals(code, 0, stderr);
  },
);

activationTest(
  "Forwarder answers 150 queries at once on an inherited UDP socket, and after SIGHUP",
  (listen) => [{ listen, isDatagram: true }],
  async ({ program, address, udp }) => {
    const started = buildQuery("started.example");
    assertAnswered(started, await udp().ask(started, LIMIT));
    assertStringIncludes(program.stderr, `127.0.0.1:${address.port} (UDP, from`);
    for (const round of ["before", "after"]) {
      const asked = Array.from({ length: 150 }, (_, number) => ({
        client: udp(),
        query: buildQuery(`${round}-${number}.example`),
      }));
      await Promise.all(asked.map(({ client, query }) => client.send(query)));
      for (const { client, query } of asked) assertAnswered(query, await client.next());
      program.signal("SIGHUP");
      await waitUntil(() => program.stderr.includes("Configuration reloaded"), "reload");
    }
  },
);

activationTest(
  "Forwarder serves an inherited TCP listener alone, and what --listen names besides",
  (listen) => [{ listen }],
  async ({ program, address, udp, tcp }) => {
    const query = buildQuery("stream.example");
    assertAnswered(query, await (await tcp()).ask(query));
    assertStringIncludes(program.stderr, `127.0.0.1:${address.port} (TCP, from`);
    const own = program.address;
    assert(own.port !== address.port);
    assertAnswered(query, await udp(own).ask(query));
  },
  { args: ["--listen", "127.0.0.1:0"] },
);

peerTest(
  [ACTIVATE],
  "Forwarder leaves an inherited socket of another kind alone, and says so",
  async () => {
    const port = freePort();
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-" });
    const given = [
      { listen: `127.0.0.1:${port}`, isDatagram: true },
      { listen: `${folder}/other.sock`, name: "control" },
    ];
    const upstream = new ScriptedUpstream();
    const prefix = activation(given);
    await using program = new Program(["run", "--upstream", upstream.uri], { prefix });
    const client = new UdpClient({ transport: "udp", hostname: "127.0.0.1", port });
    try {
      await waitUntil(() => program.stderr.includes("Listening on"), "sockets", LIMIT);
      const query = buildQuery("www.example");
      assertAnswered(query, await client.ask(query, LIMIT));
      assertMatch(program.stderr, /Warning: Descriptor 4 \("\w+"\) .* is neither a UDP socket nor/);
    } finally {
      client.close();
      await upstream.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  [ACTIVATE],
  "Forwarder says why inherited sockets cannot be used without the C library, and ends with 1",
  async () => {
    const listen = `127.0.0.1:${freePort()}`;
    const program = new Program(["run", "--upstream", "tls://127.0.0.1:9"], {
      prefix: activation([{ listen, isDatagram: true }]),
      without: "--allow-ffi",
    });
    await waitUntil(() => program.stderr.includes("Listening on"), "sockets", LIMIT);
    const [hostname, port] = listen.split(":");
    const client = new UdpClient({ transport: "udp", hostname, port: Number(port) });
    await client.send(buildQuery("www.example"));
    const { code, stderr } = await within(program.exit, LIMIT, "exit");
    client.close();
    assertEquals(code, 1, stderr);
    assertMatch(
      stderr,
      /^dnsfwd: Cannot use the sockets of the service manager .*: the C library is not permitted$/m,
    );
  },
);
