/** The addresses of upstreams, kept on disk for a start at which nobody can be asked for them. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { NameServer } from "../helpers/name_server.ts";
import type { Program } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

const SAVED = /using ([0-9., ]+), learned (\d{4}-\d\d-\d\d)/g;

/** A directory for the state, an upstream, and a name server that knows it. */
class Stage implements AsyncDisposable {
  readonly file: string;

  static async create(addresses = ["127.0.0.1"]): Promise<Stage> {
    const { identity } = await trust();
    const directory = await Deno.makeTempDir({ prefix: "dnsfwd-addresses-" });
    return new Stage(directory, new ScriptedUpstream({ identity }), new NameServer({ addresses }));
  }

  private constructor(
    readonly directory: string,
    readonly upstream: ScriptedUpstream,
    readonly names: NameServer,
  ) {
    this.file = `${directory}/state/addresses.json`;
  }

  /** The name is written in capitals, which is no other name. */
  async start(...more: string[]): Promise<Program> {
    return await this.startWith("", ...more);
  }

  async startWith(options: string, ...more: string[]): Promise<Program> {
    const { authority } = await trust();
    const args = ["--bootstrap", this.names.address, ...more];
    const uri = `tls://${UPSTREAM_NAME.toUpperCase()}:${this.upstream.port}${options}`;
    const env = { STATE_DIRECTORY: `${this.directory}/state` };
    return await startWithUpstreams([uri], authority, { args, env });
  }

  /** Starts the program, asks it one question and ends it; returns its log. */
  async run(...more: string[]): Promise<string> {
    await using program = await this.start(...more);
    await answered(program);
    return (await program.stop()).stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.names[Symbol.dispose]();
    await this.upstream.stop();
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function answered(program: Program, name = "www.example"): Promise<void> {
  using client = new UdpClient(program.address);
  const query = buildQuery(name);
  assertAnswered(query, await client.ask(query, 6000));
}

Deno.test("Forwarder keeps the addresses of its upstream with the time they were learned, once it has been let in", async () => {
  await using stage = await Stage.create(["127.0.0.1", "127.0.0.7"]);
  const before = Date.now();
  await stage.run();
  const { [UPSTREAM_NAME]: saved } = JSON.parse(await Deno.readTextFile(stage.file));
  assertEquals(saved.addresses.toSorted(), ["127.0.0.1", "127.0.0.7"]);
  const learned = Date.parse(saved.learned);
  assertEquals(before <= learned && learned <= Date.now(), true);
});

Deno.test("Forwarder uses the kept addresses where no --bootstrap answers, and says so once (DOT-16)", async () => {
  await using stage = await Stage.create();
  await stage.run();
  stage.names.answers = () => false;
  await using program = await stage.start();
  await answered(program);
  program.signal("SIGHUP");
  await waitUntil(() => /Configuration reloaded/.test(program.stderr), "the log");
  await answered(program, "other.example");
  assertEquals(stage.upstream.handshakes, 3);
  const told = [...program.stderr.matchAll(SAVED)];
  assertEquals(told.map(([, addresses]) => addresses), ["127.0.0.1"]);
  assertEquals(told[0][2], new Date().toISOString().slice(0, 10));
});

Deno.test("Forwarder asks before it uses kept addresses, and keeps what is new", async () => {
  await using stage = await Stage.create(["127.0.0.7", "127.0.0.1"]);
  await stage.run();
  stage.names.addresses = ["127.0.0.1"];
  const log = await stage.run();
  assertEquals([...log.matchAll(SAVED)], []);
  const { [UPSTREAM_NAME]: saved } = JSON.parse(await Deno.readTextFile(stage.file));
  assertEquals(saved.addresses, ["127.0.0.1"]);
});

Deno.test("Forwarder does not write the addresses again where they are the same in another order", async () => {
  await using stage = await Stage.create(["127.0.0.7", "127.0.0.1"]);
  await stage.run();
  const before = await Deno.stat(stage.file);
  stage.names.addresses.reverse();
  await stage.run();
  assertEquals((await Deno.stat(stage.file)).ino, before.ino);
});

Deno.test("Forwarder keeps no address at which nobody was let in", async () => {
  await using stage = await Stage.create();
  stage.upstream.greeting = "close";
  await using program = await stage.start();
  using client = new UdpClient(program.address);
  assertEquals((await client.ask(buildQuery("www.example"), 6000)).rcode, 2);
  await program.stop();
  assertEquals(await exists(stage.file), false);
});

Deno.test("Forwarder keeps no address of an upstream that proves to nobody who it is (RFC 8310, 5)", async () => {
  await using stage = await Stage.create();
  await using program = await stage.startWith("?profile=opportunistic");
  await answered(program);
  await program.stop();
  assertEquals(await exists(stage.file), false);
});

Deno.test("Forwarder puts a broken file aside, says so, and works", async () => {
  await using stage = await Stage.create();
  await Deno.mkdir(`${stage.directory}/state`);
  for (const text of ["", "{", "[1]", '{"a.example":{"addresses":["x"],"learned":"2026-01-01"}}']) {
    await Deno.writeTextFile(stage.file, text);
    const log = await stage.run();
    assertStringIncludes(log, `Put aside ${stage.file} as addresses.json.bad`);
    assertEquals(await Deno.readTextFile(`${stage.file}.bad`), text);
  }
});

Deno.test("Forwarder keeps nothing with --state-dir none, and serves where nothing can be kept, with one warning", async () => {
  await using stage = await Stage.create();
  await stage.run("--state-dir", "none");
  assertEquals(await exists(`${stage.directory}/state`), false);
  await Deno.writeTextFile(`${stage.directory}/state`, "no directory");
  const log = await stage.run();
  assertMatch(log, /^[^\n]* Warning: Cannot \w+ in the state directory /m);
  assertEquals(log.split("state directory").length, 2);
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
