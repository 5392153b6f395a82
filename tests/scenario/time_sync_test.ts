/**
 * A clock that is wrong, with a wall clock of the test's: the floor goes by that, TLS by the real one. So
 * certificates are used that really are out of date, and what changes is only what the program believes.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine } from "../../lib/app/settings/command_line.ts";
import type { Config } from "../../lib/app/settings/config.ts";
import { type Forwarder, startForwarder } from "../../lib/app/forwarder.ts";
import { RELEASED } from "../../lib/app/version.ts";
import { daysFromNow, type Identity, pinOfPem } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import type { Message } from "../helpers/message.ts";
import { FLAG } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { type Script, ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

const WRONG = Date.UTC(2019, 4, 1);
const EXPIRED = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) };
const OPTION = "?before-time-sync=ntp.example,time.example.";

class Stage implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly upstreams: ScriptedUpstream[];
  readonly client: UdpClient;
  now = WRONG;
  readonly #forwarder: Forwarder;

  static async start(
    identities: readonly (Identity | undefined)[],
    option = `#${UPSTREAM_NAME}${OPTION}`,
    script?: Script,
  ): Promise<Stage> {
    const upstreams = identities.map((identity) => new ScriptedUpstream({ identity, script }));
    const uris = upstreams.flatMap((
      { uri },
    ) => ["--upstream", uri.startsWith("tls:") ? `${uri}${option}` : uri]);
    const command = parseCommandLine(["--listen", "127.0.0.1:0", "--udp-io", "plain", ...uris]);
    if (command.name !== "run") throw new Error("no config");
    const caCerts = [(await trust()).authority.pem];
    const state = { stateDirectory: undefined, isStateWanted: false };
    return new Stage({ ...command.config, ...state, caCerts }, upstreams);
  }

  private constructor(config: Config, upstreams: ScriptedUpstream[]) {
    const add = (text: string) => void this.lines.push(text);
    const log = { debug: add, info: add, warning: add, error: add };
    this.upstreams = upstreams;
    this.#forwarder = startForwarder(config, { log, wall: () => this.now });
    const [address] = this.#forwarder.addresses;
    this.client = new UdpClient({ transport: "udp", ...address });
  }

  /** What all upstreams have been asked for. */
  get asked(): string[] {
    return this.upstreams.flatMap(({ queries }) => queries.map(({ name }) => name));
  }

  get openConnections(): number {
    return this.upstreams.flatMap(({ connections }) => connections)
      .filter(({ ready, finished }) => ready && !finished).length;
  }

  async ask(name: string, flags: number = FLAG.RD): Promise<Message> {
    const query = buildQuery(name, { edns: true, flags });
    const reply = await this.client.ask(query);
    if (reply.rcode === 0) assertAnswered(query, reply);
    else assertServerFailure(query, reply, [23], false);
    return reply;
  }

  /** SERVFAIL for a name, with a text that says why. */
  async refused(name: string, text: RegExp): Promise<void> {
    const { extendedErrors, rcode } = await this.ask(name);
    assertEquals(rcode, 2, name);
    assertMatch(extendedErrors.find(({ code }) => code === 23)?.text ?? "", text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#forwarder.stop();
    for (const upstream of this.upstreams) await upstream.stop();
  }
}

async function expired(): Promise<Identity> {
  return await (await trust()).authority.issue({ dnsNames: [UPSTREAM_NAME], ...EXPIRED });
}

Deno.test("Forwarder asks for time servers while the clock is wrong, and for nothing else", async () => {
  await using stage = await Stage.start([await expired()]);
  const wrong = /^upstream: this machine's clock is wrong: it says 2019-05-01$/;
  await stage.refused("www.example", wrong);
  for (const name of ["ntp.example", "TIME.example"]) {
    assertEquals((await stage.ask(name)).rcode, 0, name);
    await stage.refused(`www.${name}`, wrong);
  }
  assertEquals(stage.asked, ["ntp.example", "TIME.example"]);
  const told = stage.lines.filter((line) =>
    line.startsWith("This machine's clock says 2019-05-01")
  );
  assertEquals(told.length, 1);
});

Deno.test("Forwarder never ignores the end of a certificate with a clock that is right", async () => {
  for (const now of [RELEASED, RELEASED + 1, Date.now(), RELEASED + 1e12]) {
    await using stage = await Stage.start([await expired()]);
    stage.now = now;
    for (const name of ["ntp.example", "time.example", "www.example"]) {
      await stage.refused(name, /certificate expired/);
    }
    assertEquals(stage.asked, []);
    assertEquals(stage.lines.filter((line) => line.includes("clock is wrong")), []);
  }
});

Deno.test("Forwarder closes what it opened with a wrong clock as soon as that is right, though it was asked nothing", async () => {
  await using stage = await Stage.start([await expired()]);
  await stage.ask("ntp.example");
  assertEquals(stage.openConnections, 1);
  stage.now = Date.now();
  await waitUntil(() => stage.openConnections === 0, "end of the connection");
  await stage.refused("ntp.example", /certificate expired/);
  assertEquals(stage.asked, ["ntp.example"]);
});

Deno.test("Forwarder closes what it opened with a wrong clock when the clock gets to the floor by itself", async () => {
  await using stage = await Stage.start([await expired()]);
  stage.now = RELEASED - 3000;
  const right = (line: string) => /^This machine's clock says \S+ now/.test(line);
  // A clock that is set is another matter: what it is closed for is not told apart.
  await waitUntil(() => stage.lines.some((line) => line.includes("its clock was set")), "line");
  const start = performance.now();
  Object.defineProperty(stage, "now", { get: () => RELEASED - 3000 + performance.now() - start });
  assertEquals((await stage.ask("ntp.example")).rcode, 0);
  assertEquals([stage.openConnections, stage.lines.some(right)], [1, false]);
  await waitUntil(() => stage.lines.some(right), "line");
  await waitUntil(() => stage.openConnections === 0, "end of the connection");
  await stage.refused("ntp.example", /certificate expired/);
});

Deno.test("Forwarder loses no query for a time server when the clock becomes right", async () => {
  const script: Script = async (query, upstream) => {
    if (upstream.queries.length === 1) await upstream.delay(60_000);
    else await query.answer();
  };
  const { identity } = await trust();
  await using stage = await Stage.start([await expired()], undefined, script);
  const [upstream] = stage.upstreams;
  const reply = stage.ask("ntp.example");
  await upstream.received(1);
  await upstream.refuse();
  upstream.listen(identity);
  stage.now = Date.now();
  assertEquals((await reply).rcode, 0);
  assertEquals(upstream.sends("ntp.example"), 2);
  await waitUntil(() => upstream.connections[0].finished, "end of the connection");
});

Deno.test("Forwarder uses a certificate that is valid by a clock which is before the floor like any other, and then believes the clock", async () => {
  await using stage = await Stage.start([(await trust()).identity]);
  assertEquals((await stage.ask("www.example")).rcode, 0);
  assertEquals((await stage.ask("ntp.example")).rcode, 0);
  assertEquals(stage.upstreams[0].handshakes, 1, "there is nothing to ignore");
  const text = "A certificate is valid by this machine's clock (2019-05-01): going on with it";
  await waitUntil(() => stage.lines.includes(text), "line in the log");
});

Deno.test("Forwarder asks for time servers at another upstream where the first has the wrong name", async () => {
  const stranger = await (await trust()).authority.issue({ dnsNames: ["a.example"], ...EXPIRED });
  await using stage = await Stage.start([stranger, await expired()]);
  assertEquals((await stage.ask("ntp.example")).rcode, 0);
  assertEquals(stage.upstreams.map(({ queries }) => queries.length), [0, 1]);
});

Deno.test("Forwarder asks for time servers at an upstream that checks no certificate where that alone works", async () => {
  const stranger = await (await trust()).authority.issue({ dnsNames: ["a.example"], ...EXPIRED });
  await using stage = await Stage.start([stranger, undefined]);
  for (const name of ["ntp.example", "www.example"]) {
    assertEquals((await stage.ask(name)).rcode, 0, name);
  }
  const [, plain] = stage.upstreams;
  stage.now = Date.now();
  await waitUntil(() => stage.lines.some((line) => line.includes("can be checked")), "line");
  assertEquals((await stage.ask("ntp.example")).rcode, 0);
  assertEquals(plain.queries.length, 3);
});

Deno.test("Forwarder wants the pin while the clock is wrong, and believes no AD", async () => {
  const good = await expired();
  const other = await expired();
  for (const [identity, rcode] of [[good, 0], [other, 2]] as const) {
    const option = `#${UPSTREAM_NAME}${OPTION}&pin=${await pinOfPem(good.cert)}`;
    const script: Script = (query) => query.answer({ moreFlags: FLAG.AD });
    await using stage = await Stage.start([identity], option, script);
    const reply = await stage.ask("ntp.example", FLAG.RD | FLAG.AD);
    assertEquals([reply.rcode, reply.flags & FLAG.AD], [rcode, 0]);
  }
});

Deno.test("Forwarder without before-time-sync asks for nothing while the clock is wrong", async () => {
  await using stage = await Stage.start([await expired()], `#${UPSTREAM_NAME}`);
  for (const name of ["www.example", "ntp.example"]) await stage.refused(name, /clock is wrong/);
  assertEquals(stage.asked, []);
});
