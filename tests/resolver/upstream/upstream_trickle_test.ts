/** Connections that are never quite silent: octets keep coming, and no answer. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { frame } from "../../helpers/message.ts";
import { addressRecords, buildResponse } from "../../helpers/query.ts";
import type { ScriptedStream } from "./scripted_stream.ts";
import { DEADLINE, type UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const NAME = "www.example";
/** The longest time without a good answer that a client may meet. */
const LONGEST = 3000;
const STEP = 100;

/** What a connection brings each second, instead of answers. */
type Noise = (stream: ScriptedStream, second: number) => Promise<void>;

const octet = Uint8Array.of(1);
const NOISES: [string, Noise][] = [
  [
    "a message of 65,535 octets, an octet a second",
    (stream, second) => stream.deliverOctets(second === 0 ? Uint8Array.of(0xff, 0xff) : octet),
  ],
  [
    "the first octet of a length, and then no more",
    (stream, second) => second === 0 ? stream.deliverOctets(octet) : Promise.resolve(),
  ],
  [
    "responses with an ID that is not in use",
    (stream, second) => stream.deliver(answerTo(stream, { id: 0xfff0 - second })),
  ],
  [
    "the same response to a query of before",
    (stream) => stream.deliver(buildResponse(stream.queries[0])),
  ],
  [
    "a response to another question",
    (stream) => stream.deliver(answerTo(stream, { questions: [] })),
  ],
];

function answerTo(stream: ScriptedStream, input: Parameters<typeof buildResponse>[1]) {
  const query = stream.queries.at(-1);
  assert(query);
  return buildResponse(query, input);
}

for (const [what, noise] of NOISES) {
  for (const count of [1, 2]) {
    const which = count === 1 ? "a connection" : "the first and the second connection";
    upstreamTest(
      `no client waits for 3 s, and none gets SERVFAIL, while of ${which} comes ${what}`,
      (stage) => trickle(stage, noise, count),
    );
  }
}

/** Asks ten times a second for ten seconds, while the first `count` connections bring `noise` each second. */
async function trickle(stage: UpstreamStage, noise: Noise, count: number): Promise<void> {
  await stage.asked("before.example");
  await stage.stream.answer("before.example");
  let answered = 1;
  let since = stage.time;
  let longest = 0;
  for (let step = 0; step < 100; step++) {
    await stage.asked(`n${step}.example`);
    if (step % 10 === 0) await makeNoise(stage, noise, count);
    await answerOnOthers(stage, count);
    await stage.pass(STEP);
    if (stage.recorder.answered.length > answered) since = stage.time;
    answered = stage.recorder.answered.length;
    longest = Math.max(longest, stage.time - since);
  }
  await answerOnOthers(stage, count);
  assertLess(longest, LONGEST);
  assertEquals(stage.recorder.answered.length, 101);
  const bad = stage.streams.slice(0, count);
  assertEquals(bad.map(({ isClosed }) => isClosed), bad.map(() => true), "bad ones are left");
}

async function makeNoise({ streams }: UpstreamStage, noise: Noise, count: number): Promise<void> {
  for (const stream of streams.slice(0, count)) {
    if (stream.isClosed || stream.queries.length === 0) continue;
    const second = seconds.get(stream) ?? 0;
    seconds.set(stream, second + 1);
    await noise(stream, second);
  }
}

/** How often each has made noise. */
const seconds = new WeakMap<ScriptedStream, number>();

/** Answers what every other connection was asked last, and what it is asked then. */
async function answerOnOthers({ streams }: UpstreamStage, count: number): Promise<void> {
  for (const stream of streams.slice(count)) {
    if (stream.isClosed) continue;
    for (let from = answeredOn.get(stream) ?? 0; from < stream.queries.length;) {
      const { length } = stream.queries;
      await stream.answerAll(from);
      answeredOn.set(stream, from = length);
    }
  }
}

const answeredOn = new WeakMap<ScriptedStream, number>();

/** A response of some 64 kB, framed. */
function large(stream: ScriptedStream): Uint8Array {
  return frame(buildResponse(stream.query(NAME), { answers: addressRecords(NAME, 4000) }));
}

/** Has `octets` arrive at so many bits a second until they are there, or `duration` is over. */
async function arrive(
  stage: UpstreamStage,
  stream: ScriptedStream,
  octets: Uint8Array,
  rate: number,
  duration = Infinity,
): Promise<Uint8Array> {
  const part = Math.round(rate / 8 / (1000 / STEP));
  let at = 0;
  for (const end = stage.time + duration; at < octets.length && stage.time < end; at += part) {
    await stream.deliverOctets(octets.subarray(at, at + part));
    await stage.pass(STEP);
  }
  return octets.subarray(at);
}

upstreamTest(
  "a response of 64 kB is delivered on a line of 200 kbit/s",
  async (stage) => {
    const token = await stage.asked(NAME);
    await arrive(stage, stage.streams[0], large(stage.streams[0]), 200_000);
    assertEquals(stage.recorder.response(token).answers.length, 4000);
    assertEquals(stage.streams[0].isClosed, false);
  },
);

upstreamTest(
  "a response of 64 kB on a line of 100 kbit/s, longer than a query may take, does not end the connection",
  async (stage) => {
    const token = await stage.asked(NAME);
    const [first] = stage.streams;
    const rest = await arrive(stage, first, large(first), 100_000, DEADLINE + STEP);
    assert(stage.recorder.failure(token));
    assertEquals(first.isClosed, false);
    await arrive(stage, first, rest, 100_000);
    assertEquals(first.isClosed, false);
    const next = await stage.asked("next.example");
    const [asked] = stage.streams.filter(({ names }) => names.includes("next.example"));
    await asked.answer("next.example");
    assertEquals(stage.recorder.response(next).rcode, 0);
  },
);

upstreamTest(
  "clients are answered on a second connection while a large response takes long on the first",
  async (stage) => {
    await stage.asked(NAME);
    const [first] = stage.streams;
    const rest = await arrive(stage, first, large(first), 100_000, 1500);
    const token = await stage.asked("other.example");
    assertEquals(stage.streams.length, 2);
    await stage.streams[1].answer("other.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
    await arrive(stage, first, rest, 400_000);
  },
);

upstreamTest(
  "two queries whose IDs an upstream has swapped are both answered within a second, on another connection",
  async (stage) => {
    await stage.asked("before.example");
    await stage.stream.answer("before.example");
    const tokens = [await stage.asked("a.example"), await stage.asked("b.example")];
    const [first] = stage.streams;
    const [a, b] = ["a.example", "b.example"].map((name) => first.query(name));
    await first.deliver(
      buildResponse(a, { id: b.id }),
      buildResponse(b, { id: a.id }),
    );
    assertEquals(first.isClosed, true);
    await stage.pass(900);
    // After a loss they may come one by one.
    for (const index of [0, 1]) await stage.stream.answerAll(index);
    assertEquals(tokens.map((token) => stage.recorder.response(token).rcode), [0, 0]);
  },
);

upstreamTest(
  "an upstream that swaps all IDs is not connected to more than a few times a second",
  async (stage) => {
    for (let round = 0; round < 40; round++) {
      await stage.askMany(2, `r${round}x`);
      const open = stage.streams.filter((stream) => !stream.isClosed);
      for (const stream of open) {
        const [one, other] = stream.queries.slice(-2);
        if (!one || !other) continue;
        await stream.deliver(
          buildResponse(one, { id: other.id }),
          buildResponse(other, { id: one.id }),
        );
      }
      await stage.pass(250);
    }
    assertLess(stage.attempts.length, 30, "10 seconds");
  },
);
