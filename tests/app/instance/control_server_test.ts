import { assert, assertEquals } from "@std/assert";
import { settled } from "../../helpers/fake_clock.ts";
import { waitUntil } from "../../helpers/waiting.ts";
import { REPORT } from "../../helpers/report.ts";
import { ControlStage, type RawClient } from "./control_stage.ts";

const HEALTH = '{"version":1,"command":"health"}\n';
const WELL = { state: "working", healthy: true, alive: true, ready: true };
const HEALTHY = `${JSON.stringify({ version: 1, ok: true, ...WELL })}\n`;

function command(name: string): string {
  return `{"version":1,"command":"${name}"}\n`;
}

function refusal(error: string): string {
  return `${JSON.stringify({ version: 1, ok: false, error })}\n`;
}

Deno.test("ControlServer answers each command with one line", async () => {
  using stage = new ControlStage();
  assertEquals(await stage.said(HEALTH), HEALTHY);
  assertEquals(await stage.said(command("reload")), '{"version":1,"ok":true}\n');
  assertEquals(await stage.said(command("reset")), '{"version":1,"ok":true}\n');
  assertEquals(await stage.said(command("stop")), '{"version":1,"ok":true}\n');
  assertEquals(stage.controlled.told, ["reload", "reset", "stop"]);
  const status = { version: 1, ok: true, ...REPORT, ...WELL };
  assertEquals(JSON.parse(await stage.said(command("status"))), status);
});

Deno.test("ControlServer says what is wrong with an instance that is not healthy", async () => {
  using stage = new ControlStage();
  stage.controlled.problem = "no answer on [::1]:53";
  const told = {
    version: 1,
    ok: true,
    state: "failing",
    healthy: false,
    alive: false,
    problem: "no answer on [::1]:53",
    ready: true,
  };
  assertEquals(JSON.parse(await stage.said(HEALTH)), told);
  assertEquals(JSON.parse(await stage.said(command("status"))), { ...REPORT, ...told });
});

Deno.test("ControlServer answers several commands on a connection in order, and ignores fields it does not know", async () => {
  using stage = new ControlStage();
  const more = '{"command":"health","version":1,"colour":"blue"}\r\n';
  assertEquals(await stage.said(HEALTH + more + HEALTH), HEALTHY.repeat(3));
  using client = await stage.client();
  for (let turn = 0; turn < 3; turn++) {
    await client.send(HEALTH);
    assertEquals(await client.line(), HEALTHY.trimEnd());
  }
});

Deno.test("ControlServer answers a reload once it is done, with the reason if it failed", async () => {
  using stage = new ControlStage();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.controlled.reloading = () => promise;
  using client = await stage.client();
  await client.send(command("reload"));
  await waitUntil(() => stage.controlled.told.length === 1, "reload");
  assertEquals(await stage.said(HEALTH), HEALTHY, "others are answered meanwhile");
  // Nobody's patience ends while the program itself is at work.
  await stage.clock.pass(60_000);
  resolve();
  assertEquals(await client.line(), '{"version":1,"ok":true}');
  stage.controlled.reloading = () => Promise.reject(new Error('--listen "x": expected an address'));
  await client.send(command("reload"));
  assertEquals(await client.line() + "\n", refusal('--listen "x": expected an address'));
});

Deno.test("ControlServer answers what makes no sense with what it expects", async () => {
  using stage = new ControlStage();
  const object = refusal("Expected a JSON object in one line");
  const version = refusal('"version" must be 1');
  const name = refusal(
    '"command" must be one of status, health, ready, events, reload, reset, stop',
  );
  const cases: [string | Uint8Array, string][] = [
    ["\n", object],
    ["status\n", object],
    ['{"version":1,\n', object],
    ["1\n", object],
    ["null\n", object],
    ['"status"\n', object],
    ["[]\n", object],
    ["{}\n", version],
    ['{"version":2,"command":"status"}\n', version],
    ['{"version":"1","command":"status"}\n', version],
    ['{"version":1}\n', name],
    ['{"version":1,"command":"Status"}\n', name],
    ['{"version":1,"command":["status"]}\n', name],
    ['{"version":1,"command":"__proto__"}\n', name],
    [Uint8Array.of(0xff, 0xfe, 0x00, 0x0a), object],
    [`${"[".repeat(1000)}\n`, object],
  ];
  for (const [line, expected] of cases) {
    assertEquals(await stage.said(line), expected, String(line));
  }
  assertEquals(await stage.said("nonsense\n" + HEALTH), object + HEALTHY, "the next line counts");
});

Deno.test("ControlServer ends a connection whose line is too long, and answers up to there", async () => {
  using stage = new ControlStage();
  const long = refusal("Line longer than 1024 octets");
  assertEquals(await stage.said("x".repeat(1024)), long);
  assertEquals(
    await stage.said(`${"x".repeat(1023)}\n`),
    refusal("Expected a JSON object in one line"),
  );
  assertEquals(await stage.said(HEALTH + "x".repeat(1_000_000)), HEALTHY + long);
  assertEquals(await stage.said(HEALTH), HEALTHY);
});

Deno.test("ControlServer understands a command cut anywhere, and nothing that has no end", async () => {
  using stage = new ControlStage();
  for (let cut = 1; cut < HEALTH.length; cut++) {
    using client = await stage.client();
    await client.send(HEALTH.slice(0, cut));
    await settled();
    await client.send(HEALTH.slice(cut));
    assertEquals(await client.line(), HEALTHY.trimEnd(), `cut at ${cut}`);
    assertEquals(await stage.said(HEALTH.slice(0, cut)), "", `ended at ${cut}`);
  }
});

Deno.test("ControlServer ends who says nothing for 5 seconds, or half a line, and keeps no timer", async () => {
  using stage = new ControlStage();
  using silent = await stage.client();
  using slow = await stage.client();
  await slow.send(HEALTH.slice(0, 10));
  await waitUntil(() => stage.clock.running === 2, "both are waited for");
  await settled();
  await stage.clock.pass(5000);
  assertEquals(await silent.rest(), "");
  assertEquals(await slow.rest(), "");
  assertEquals(stage.clock.running, 0);
  assertEquals(stage.log.lines, []);
});

Deno.test("ControlServer ends who does not take a reply for 5 seconds", async () => {
  using stage = new ControlStage();
  stage.controlled.current = { ...REPORT, addresses: ["x".repeat(4_000_000)] };
  using client = await stage.client();
  await client.send(command("status"));
  await waitUntil(() => stage.controlled.told.length === 1, "the command");
  await waitUntil(() => stage.clock.running === 1, "waiting for the client");
  await stage.clock.pass(5000);
  const told = await client.rest();
  assert(told.length < 1_000_000 && !told.endsWith("\n"), "the reply is not whole");
  assertEquals(stage.clock.running, 0);
  assertEquals(stage.log.lines, []);
});

Deno.test("ControlServer serves 8 connections at a time: who has been silent for longest makes room", async () => {
  using stage = new ControlStage();
  using stack = new DisposableStack();
  const clients: RawClient[] = [];
  for (let each = 0; each < 8; each++) {
    const client = stack.use(await stage.client());
    await client.send(HEALTH);
    assertEquals(await client.line(), HEALTHY.trimEnd());
    clients.push(client);
  }
  await clients[0].send(HEALTH);
  await clients[0].line();
  assertEquals(await stage.said(HEALTH), HEALTHY);
  assertEquals(await clients[1].rest(), "");
  for (const client of clients.filter((_, at) => at !== 1)) {
    await client.send(HEALTH);
    assertEquals(await client.line(), HEALTHY.trimEnd());
  }
});

Deno.test("ControlServer tells who comes while 8 commands are being carried out", async () => {
  using stage = new ControlStage();
  using stack = new DisposableStack();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.controlled.reloading = () => promise;
  const clients: RawClient[] = [];
  for (let each = 0; each < 8; each++) {
    const client = stack.use(await stage.client());
    await client.send(command("reload"));
    clients.push(client);
  }
  await waitUntil(() => stage.controlled.told.length === 8, "what it was told");
  const crowded = refusal("Too many connections to the control socket");
  for (let each = 0; each < 20; each++) {
    using one = await stage.client();
    assertEquals(await one.rest(), crowded);
  }
  resolve();
  for (const client of clients) assertEquals(await client.line(), '{"version":1,"ok":true}');
  assertEquals(await stage.said(HEALTH), HEALTHY);
});

Deno.test("ControlServer does what it was told by a client that left before the reply", async () => {
  using stage = new ControlStage();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.controlled.reloading = () => promise;
  for (const name of ["reload", "reset", "stop"]) {
    using client = await stage.client();
    await client.send(command(name));
  }
  const told = stage.controlled.told;
  await waitUntil(() => told.length === 3, "what it was told");
  assertEquals(told.toSorted(), ["reload", "reset", "stop"]);
  resolve();
  assertEquals(await stage.said(HEALTH), HEALTHY);
  await waitUntil(() => stage.clock.running === 0, "the end of all connections");
  assertEquals(stage.log.lines, []);
});

Deno.test("ControlServer.close() ends the connections, also one that waits for a reply", async () => {
  using stage = new ControlStage();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.controlled.reloading = () => promise;
  using waiting = await stage.client();
  await waiting.send(command("reload"));
  await waitUntil(() => stage.controlled.told.length === 1, "reload");
  using silent = await stage.client();
  await waitUntil(() => stage.clock.running === 1, "the other connection");
  stage.server.close();
  stage.server.close();
  assertEquals(await waiting.rest(), "");
  assertEquals(await silent.rest(), "");
  resolve();
  await settled();
  assertEquals(stage.clock.running, 0);
  assert(await stage.client().then(() => false, () => true), "nobody can connect");
  assertEquals(stage.log.lines, []);
});
