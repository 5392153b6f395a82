/** Several upstreams: as long as one works, clients get answers (E2, B8, A17). */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertServerFailure } from "../helpers/expect.ts";
import { CLASS, FLAG, RCODE, TYPE } from "../helpers/message.ts";
import type { Program } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { PATIENCE, waitUntil } from "../helpers/waiting.ts";

const DEADLINE = 4500;
/** Milliseconds: shorter than to wait for the deadline, whatever else the machine does. */
const AT_ONCE = 4000;

interface Stage {
  readonly one: ScriptedUpstream;
  readonly two: ScriptedUpstream;
  readonly program: Program;
  readonly client: UdpClient;
  /** Asks a new question; its RCODE and how many milliseconds it took. */
  ask(): Promise<{ rcode: number; duration: number }>;
}

async function withTwo(run: (stage: Stage) => Promise<void>, ...args: string[]): Promise<void> {
  const { authority, identity } = await trust();
  await using one = new ScriptedUpstream({ identity });
  await using two = new ScriptedUpstream({ identity });
  const uris = [one, two].map(({ uri }) => `${uri}#${UPSTREAM_NAME}`);
  await using program = await startWithUpstreams(uris, authority, { args });
  using client = new UdpClient(program.address);
  let last = 0;
  const ask = async () => {
    const start = performance.now();
    const query = buildQuery(`n${++last}.example`, { edns: true });
    const { rcode } = await client.ask(query);
    return { rcode, duration: performance.now() - start };
  };
  await run({ one, two, program, client, ask });
}

Deno.test("Forwarder asks the second upstream while the first refuses connections, and returns to the first (A17, E2)", () =>
  withTwo(async ({ one, two, program, ask }) => {
    assertEquals((await ask()).rcode, RCODE.NOERROR);
    await one.refuse();
    for (const connection of one.connections) connection.stop();
    for (let count = 0; count < 20; count++) {
      const { rcode, duration } = await ask();
      assertEquals(rcode, RCODE.NOERROR);
      assertLess(duration, AT_ONCE);
    }
    assert(two.queries.length >= 19);
    one.listen();
    const asked = one.queries.length;
    const end = performance.now() + 2 * PATIENCE;
    while (one.queries.length < asked + 3 && performance.now() < end) {
      assertEquals((await ask()).rcode, RCODE.NOERROR);
      await one.delay(100);
    }
    assertGreaterOrEqual(one.queries.length, asked + 3);
    assert(/works again: switching back from/.test(program.stderr));
  }));

Deno.test("Forwarder answers well before the deadline when the first upstream hangs, then at once from the second (E2)", () =>
  withTwo(async ({ one, two, ask }) => {
    one.script = () => {};
    const first = await ask();
    assertEquals(first.rcode, RCODE.NOERROR);
    assertLess(first.duration, AT_ONCE);
    for (let count = 0; count < 10; count++) {
      assertEquals((await ask()).rcode, RCODE.NOERROR);
    }
    assertEquals(two.queries.length, 11);
    assertLessOrEqual(one.queries.length, 3);
  }));

Deno.test("Forwarder asks the second upstream at once where the first answers other questions or truncates, and never turns a truncated response into SERVFAIL", () =>
  withTwo(async ({ one, two, client, ask }) => {
    one.script = (query) =>
      query.answer({ questions: [{ name: "other.example", type: TYPE.A, class: CLASS.IN }] });
    const first = await ask();
    assertEquals(first.rcode, RCODE.NOERROR);
    assertLessOrEqual(first.duration, 1000);
    one.script = (query) => query.answer({ moreFlags: FLAG.TC });
    const whole = await client.ask(buildQuery("whole.example", { edns: true }));
    assertEquals([whole.rcode, whole.flags & FLAG.TC], [RCODE.NOERROR, 0]);
    two.script = (query) => query.answer({ rcode: RCODE.SERVFAIL });
    const cut = await client.ask(buildQuery("cut.example", { edns: true }));
    assertEquals([cut.rcode, cut.flags & FLAG.TC], [RCODE.NOERROR, FLAG.TC]);
  }));

Deno.test("clients wait for 3 s at most, and get no SERVFAIL, while the first upstream trickles on every connection", () =>
  withTwo(async ({ one, two, ask }) => {
    one.script = async ({ connection, index }, upstream) => {
      if (connection.queries[0].index !== index) return;
      await connection.sendRaw(Uint8Array.of(0xff, 0xff));
      while (connection.ending === undefined) {
        await connection.sendRaw(Uint8Array.of(0));
        await upstream.delay(1000);
      }
    };
    for (let count = 0; count < 20; count++) {
      const { rcode, duration } = await ask();
      assertEquals(rcode, RCODE.NOERROR);
      assertLess(duration, 3000);
      await two.delay(200);
    }
    assertEquals(two.queries.length, 20);
  }));

Deno.test("Forwarder moves to the second upstream when the first has a wrong certificate, and sends nothing to the first (B8; DOT-13)", async () => {
  const { authority, identity } = await trust();
  const wrong = await authority.issue({ dnsNames: ["other.example"] });
  await using one = new ScriptedUpstream({ identity: wrong });
  await using two = new ScriptedUpstream({ identity });
  const uris = [one, two].map(({ uri }) => `${uri}#${UPSTREAM_NAME}`);
  await using program = await startWithUpstreams(uris, authority);
  using client = new UdpClient(program.address);
  for (let count = 0; count < 5; count++) {
    const reply = await client.ask(buildQuery(`n${count}.example`));
    assertEquals(reply.rcode, RCODE.NOERROR);
  }
  assertEquals([one.queries.length, two.queries.length], [0, 5]);
  assert(/certificate/.test(program.stderr), program.stderr);
});

Deno.test("Forwarder answers SERVFAIL once no upstream works, soon at once, and recovers with the first that returns (Q21, A17)", () =>
  withTwo(async ({ one, two, program, client, ask }) => {
    assertEquals((await ask()).rcode, RCODE.NOERROR);
    for (const upstream of [one, two]) {
      await upstream.refuse();
      for (const connection of upstream.connections) connection.stop();
    }
    const first = await ask();
    assertEquals(first.rcode, RCODE.SERVFAIL);
    assertLess(first.duration, DEADLINE + AT_ONCE);
    const end = performance.now() + PATIENCE;
    const isAtOnce = ({ duration }: { duration: number }) => duration < AT_ONCE;
    while (!isAtOnce(await ask())) {
      assert(performance.now() < end, "soon every query fails at once");
    }
    const query = buildQuery("down.example", { edns: true });
    const start = performance.now();
    assertServerFailure(query, await client.ask(query), [22, 23], false);
    assertLess(performance.now() - start, AT_ONCE);
    two.listen();
    const since = performance.now();
    let rcode = RCODE.SERVFAIL as number;
    while (rcode !== RCODE.NOERROR && performance.now() - since < PATIENCE) {
      rcode = (await ask()).rcode;
      await two.delay(50);
    }
    assertEquals(rcode, RCODE.NOERROR);
    const [a, b] = [one, two].map(({ uri }) => `${uri}#${UPSTREAM_NAME}`);
    const told = [
      `Cannot reach upstream ${a}: connection refused`,
      `Switching from upstream ${a} to ${b}`,
      `Cannot reach upstream ${b}: connection refused`,
      `Upstream ${b} fails too: no upstream works`,
      `Upstream ${b} works again`,
    ];
    await waitUntil(() => program.stderr.includes(told[4]), "the line of the recovery");
    const places = told.map((line) => program.stderr.indexOf(`${line}\n`));
    assertEquals(places, places.toSorted((one, other) => one - other));
    assert(places[0] >= 0, program.stderr);
  }));

Deno.test("Forwarder with the policy race asks both upstreams at once and takes the first answer", () =>
  withTwo(
    async ({ one, two, ask }) => {
      one.script = async (query, upstream) => {
        await upstream.delay(AT_ONCE);
        await query.answer();
      };
      const { rcode, duration } = await ask();
      assertEquals(rcode, RCODE.NOERROR);
      assertLess(duration, AT_ONCE);
      await waitUntil(() => one.queries.length === 1 && two.queries.length === 1, "both asked");
    },
    "--policy",
    "race",
  ));
