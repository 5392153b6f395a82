/** Another configuration for a forwarder that serves: what changes, what stays, and what is refused. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ConfigError } from "../../lib/app/settings/config_error.ts";
import { FLAG } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort } from "../helpers/real_peer.ts";
import { ANY, ReloadStage } from "../helpers/reload_stage.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

const LIMIT = 20_000;

Deno.test("Forwarder.reload() asks the new upstream from then on; the old one answers what it was asked (E7)", async () => {
  await using old = new ScriptedUpstream({ script: () => {} });
  await using next = new ScriptedUpstream();
  await using stage = new ReloadStage([...ANY, "--upstream", old.uri]);
  const [client, waiting] = [stage.udp(), await stage.tcp()];
  await client.send(buildQuery("udp.example"));
  await waiting.send(buildQuery("tcp.example"));
  await old.received(2);
  await stage.reload(...ANY, "--upstream", next.uri);
  for (const each of [stage.udp(), waiting]) {
    assertEquals((await each.ask(buildQuery("new.example", { edns: true }))).rcode, 0);
  }
  for (const query of old.queries) await query.answer();
  assertEquals((await client.next()).questions[0].name, "udp.example");
  assertEquals((await waiting.next()).questions[0].name, "tcp.example");
  await waitUntil(() => old.connections[0].finished, "the end of the old connection");
  assertEquals([old.queries.length, next.sends("new.example")], [2, 2]);
  const { received, answered, failed, connections } = stage.forwarder.summary();
  assertEquals([received, answered, failed, connections], [4, 4, 0, 2]);
  const line = `Configuration reloaded: forwarding to ${next.uri}; new connections to upstreams`;
  assert(stage.lines.includes(line), stage.lines.join("\n"));
});

Deno.test("Forwarder.reload() without a difference keeps sockets, clients and what waits, and renews connections", async () => {
  await using upstream = new ScriptedUpstream({ script: () => {} });
  const args = [...ANY, "--upstream", upstream.uri];
  await using stage = new ReloadStage(args);
  const [client, stream] = [stage.udp(), await stage.tcp()];
  await client.send(buildQuery("waits.example"));
  await upstream.received(1);
  const before = stage.forwarder.addresses;
  await stage.reload(...args);
  assertEquals(stage.forwarder.addresses, before);
  upstream.script = (query) => query.answer();
  for (const query of upstream.queries) await query.answer();
  assertEquals((await client.next()).questions[0].name, "waits.example");
  assertEquals((await stream.ask(buildQuery("again.example"))).rcode, 0);
  const line =
    "Configuration reloaded: addresses and upstreams as before; connections to upstreams renewed";
  assert(stage.lines.includes(line), stage.lines.join("\n"));
});

Deno.test("Forwarder.reload() opens new addresses, and closes those that go once they have answered", async () => {
  await using upstream = new ScriptedUpstream({ script: () => {} });
  const rest = ["--upstream", upstream.uri];
  await using stage = new ReloadStage([...ANY, ...rest]);
  const [old, stream] = [stage.udp(), await stage.tcp()];
  const gone = stage.address();
  await old.send(buildQuery("udp.example"));
  await stream.send(buildQuery("tcp.example"));
  await upstream.received(2);
  await stage.reload("--listen", "127.0.0.2:0", ...rest);
  const [{ hostname, port }, ...more] = stage.forwarder.addresses;
  assertEquals([hostname, more], ["127.0.0.2", []]);
  await assertRejects(async () => {
    for (;;) (await Deno.connect({ hostname: gone.hostname, port: gone.port })).close();
  }, Deno.errors.ConnectionRefused);
  for (const query of upstream.queries) await query.answer();
  assertEquals((await old.next()).questions[0].name, "udp.example");
  assertEquals((await stream.next()).questions[0].name, "tcp.example");
  assertEquals(await stream.closedByServer(LIMIT), "FIN");
  upstream.script = (query) => query.answer();
  assertEquals((await stage.udp().ask(buildQuery("new.example"))).rcode, 0);
  const line = `Configuration reloaded: listening on 127.0.0.2:${port}; no longer on ` +
    `127.0.0.1:${gone.port}; connections to upstreams renewed`;
  assert(stage.lines.includes(line), stage.lines.join("\n"));
});

Deno.test("Forwarder.reload() opens again what has just been closed, as soon as that has answered", async () => {
  await using upstream = new ScriptedUpstream({ script: () => {} });
  const port = freePort();
  const both = [...ANY, "--listen", `127.0.0.1:${port}`, "--upstream", upstream.uri];
  await using stage = new ReloadStage(both);
  const client = stage.udp(stage.address(1));
  await client.send(buildQuery("waits.example"));
  await upstream.received(1);
  await stage.reload(...ANY, "--upstream", upstream.uri);
  const again = stage.reload(...both);
  await upstream.queries[0].answer();
  assertEquals((await client.next()).rcode, 0);
  await again;
  upstream.script = (query) => query.answer();
  assertEquals((await client.ask(buildQuery("again.example"))).rcode, 0);
  assertEquals(stage.forwarder.addresses.length, 2);
});

Deno.test("Forwarder.reload() changes settings of listeners that stay", async () => {
  await using upstream = new ScriptedUpstream();
  const args = [...ANY, "--upstream", upstream.uri];
  await using stage = new ReloadStage(args);
  const client = stage.udp();
  const early = await stage.tcp();
  await early.ask(buildQuery("early.example"));
  await stage.reload(...args, "--truncate", "--limit", "tcp-connections=1");
  const { flags } = await client.ask(buildQuery("truncated.example"));
  assertEquals(flags & FLAG.TC, FLAG.TC);
  assertEquals((await early.ask(buildQuery("stays.example"))).rcode, 0);
  const late = await stage.tcp();
  await late.closedByServer(LIMIT);
  await stage.reload(...args);
  assertEquals((await client.ask(buildQuery("whole.example"))).flags & FLAG.TC, 0);
  assertEquals((await (await stage.tcp()).ask(buildQuery("late.example"))).rcode, 0);
  const lines = stage.lines.filter((line) => line.startsWith("Configuration"));
  const [line] = new Set(lines);
  assertEquals(lines.length, 2);
  assertEquals(
    line,
    "Configuration reloaded: --truncate, --limit changed; connections to upstreams renewed",
  );
});

Deno.test("Forwarder.reload() starts and ends keeping clients apart", async () => {
  await using upstream = new ScriptedUpstream();
  const args = [...ANY, "--upstream", upstream.uri];
  await using stage = new ReloadStage(args);
  const connections: number[] = [];
  for (const more of [[], ["--isolate", "listener"], ["--isolate", "client"], []]) {
    await stage.reload(...args, ...more);
    for (const client of [stage.udp(), await stage.tcp()]) {
      const name = `${connections.length}.example`;
      assertEquals((await client.ask(buildQuery(name))).rcode, 0);
    }
    connections.push(upstream.connections.length);
  }
  assertEquals(connections, [1, 2, 3, 4]);
});

Deno.test("Forwarder.reload() that is refused changes nothing and leaves nothing open (E7)", async () => {
  await using upstream = new ScriptedUpstream();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = [...ANY, "--upstream", upstream.uri];
  await using stage = new ReloadStage(args);
  const client = stage.udp();
  await client.ask(buildQuery("first.example"));
  const free = `127.0.0.1:${freePort()}`;
  const { port } = stage.address();
  const other = ["--upstream", "tcp://192.0.2.1:53"];
  const cases: [string[], string, string][] = [
    [
      ["--upstream", "tls://192.0.2.1?ca=/nowhere.pem"],
      "ConfigError",
      'ca "/nowhere.pem": cannot be',
    ],
    [["--upstream", `tcp://127.0.0.1:${port}`], "ConfigError", "dnsfwd itself listens there"],
    [
      ["--listen", free, "--listen", `127.0.0.1:${taken.addr.port}`, ...other],
      "BindError",
      "in use",
    ],
    [["--udp-io", "batch", ...other], "ConfigError", "needs a restart"],
  ];
  for (const [more, kind, text] of cases) {
    const listen = more.includes("--listen") ? [] : ANY;
    const { name, message } = await assertRejects(() => stage.reload(...listen, ...more), Error);
    assertEquals(name, kind);
    assertStringIncludes(message, text);
    assertEquals((await client.ask(buildQuery(`${crypto.randomUUID()}.example`))).rcode, 0);
    assertEquals(stage.forwarder.addresses.map((each) => each.port), [port]);
  }
  Deno.listen({ hostname: "127.0.0.1", port: Number(free.split(":")[1]) }).close();
  assertEquals(upstream.connections.length, 1);
  assertEquals(stage.lines.filter((line) => line.startsWith("Configuration")), []);
});

Deno.test("Forwarder.reload() twice at once: one after the other, and the last one counts", async () => {
  await using first = new ScriptedUpstream();
  await using second = new ScriptedUpstream();
  await using stage = new ReloadStage([...ANY, "--upstream", first.uri]);
  const refused = stage.reload(...ANY, "--udp-io", "batch", "--upstream", first.uri);
  const all = [
    stage.reload(...ANY, "--upstream", second.uri),
    stage.reload(...ANY, "--upstream", first.uri),
    stage.reload(...ANY, "--upstream", second.uri),
  ];
  await assertRejects(() => refused, ConfigError);
  await Promise.all(all);
  assertEquals((await stage.udp().ask(buildQuery("www.example"))).rcode, 0);
  assertEquals([first.queries.length, second.queries.length], [0, 1]);
  assertEquals(stage.lines.filter((line) => line.startsWith("Configuration")).length, 3);
});

Deno.test("Forwarder.reload() is refused once the forwarder is stopping, even if it has begun to wait", async () => {
  await using upstream = new ScriptedUpstream({ script: () => {} });
  const port = freePort();
  const rest = ["--upstream", upstream.uri];
  const both = [...ANY, "--listen", `127.0.0.1:${port}`, ...rest];
  await using stage = new ReloadStage(both);
  const client = stage.udp(stage.address(1));
  await client.send(buildQuery("waits.example"));
  await upstream.received(1);
  await stage.reload(...ANY, ...rest);
  const waiting = stage.reload(...both);
  const waits = assertRejects(() => waiting, Error, "stopping");
  const stopped = stage.forwarder.stop();
  await assertRejects(() => stage.reload(...ANY, ...rest), Error, "stopping");
  await waits;
  await stopped;
  assertMatch(stage.lines.at(-1) ?? "", /^Configuration reloaded: no longer on 127\.0\.0\.1/);
});
