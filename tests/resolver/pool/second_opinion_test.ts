/** What one upstream answers that is not the whole answer: another is asked, and the best is passed on. */

import { assertEquals } from "@std/assert";
import { failure } from "../../../lib/resolver/failure.ts";
import { FLAG, RCODE, TYPE } from "../../helpers/message.ts";
import { addressRecord, type ResponseInput } from "../../helpers/query.ts";
import { DEADLINE, PoolStage, TICK } from "./pool_stage.ts";

const UNREACHABLE = failure(RCODE.SERVFAIL, [{ code: 23, text: "connection refused" }]);
const SECOND_OPINION = 1000;
const NAME = "www.example";
const SOA = { name: "example", type: TYPE.SOA, data: [{ name: "a" }, { name: "b" }, octets(20)] };
const NS = { name: "example", type: TYPE.NS, data: [{ name: "ns.example" }] };

const TRUNCATED: ResponseInput = { moreFlags: FLAG.TC };
const REFERRAL: ResponseInput = { flags: FLAG.QR | FLAG.RD, answers: [], authorities: [NS] };
const NOTIMP: ResponseInput = { rcode: RCODE.NOTIMP };

function octets(length: number): Uint8Array {
  return new Uint8Array(length);
}

function withTwo(what: string, run: (stage: PoolStage) => void): void {
  Deno.test(what, () => {
    const stage = new PoolStage();
    run(stage);
    stage.end();
  });
}

/** What is no whole answer. */
const DUBIOUS: readonly [string, ResponseInput][] = [
  ["a truncated response", TRUNCATED],
  ["a truncated response without records", { ...TRUNCATED, answers: [] }],
  ["a referral", REFERRAL],
  ["an empty response of a server that does not recurse", { ...REFERRAL, authorities: [] }],
  ["FORMERR", { rcode: RCODE.FORMERR }],
  ["SERVFAIL", { rcode: RCODE.SERVFAIL }],
  ["NOTIMP", NOTIMP],
  ["REFUSED", { rcode: RCODE.REFUSED }],
  ["NOTAUTH", { rcode: RCODE.NOTAUTH }],
  ["an unassigned RCODE", { rcode: 15 }],
  ["BADVERS", { rcode: RCODE.BADVERS }],
  ["BADCOOKIE", { rcode: RCODE.BADCOOKIE }],
];

withTwo("Pool asks the second upstream where the first has no whole answer", (stage) => {
  const [one, two] = stage.upstreams;
  for (const [what, input] of DUBIOUS) {
    const token = stage.ask();
    one.answer(one.asked.length - 1, input);
    assertEquals(two.asked.length, one.asked.length, what);
    two.answer(two.asked.length - 1);
    const { rcode, answers, flags } = stage.recorder.response(token);
    assertEquals([rcode, answers.length, flags & FLAG.TC], [0, 1, 0], what);
  }
});

withTwo("Pool passes on at once what no other upstream would know better", (stage) => {
  const [one, two] = stage.upstreams;
  const whole: readonly [string, ResponseInput][] = [
    ["an answer", {}],
    ["NXDOMAIN", { rcode: RCODE.NXDOMAIN }],
    ["YXDOMAIN (RFC 6672, 2.2)", { rcode: 6 }],
    ["no records of that type", { answers: [], authorities: [SOA] }],
    ["no records at all, of a server that recurses", { answers: [] }],
    ["no records, of an authority", { flags: FLAG.QR | FLAG.AA, answers: [], authorities: [SOA] }],
    ["no records, with the zone named", { ...REFERRAL, authorities: [NS, SOA] }],
    ["an answer of a server that does not recurse", {
      flags: FLAG.QR,
      answers: [addressRecord(NAME)],
    }],
  ];
  for (const [what, input] of whole) {
    const token = stage.ask();
    one.answer(one.asked.length - 1, input);
    assertEquals(stage.recorder.response(token).rcode, input.rcode ?? 0, what);
  }
  const token = stage.ask(NAME, { flags: 0 });
  one.answer(one.asked.length - 1, { ...REFERRAL, flags: FLAG.QR });
  assertEquals(stage.recorder.response(token).authorities.length, 1, "a referral without RD");
  assertEquals(two.names, []);
});

/** What the first says, what the second says or does, the RCODE for the client, whether it has TC. */
const RANKED: readonly [ResponseInput, ResponseInput | "down", number, number][] = [
  [TRUNCATED, "down", RCODE.NOERROR, FLAG.TC],
  [TRUNCATED, { rcode: RCODE.SERVFAIL }, RCODE.NOERROR, FLAG.TC],
  [TRUNCATED, NOTIMP, RCODE.NOERROR, FLAG.TC],
  [TRUNCATED, TRUNCATED, RCODE.NOERROR, FLAG.TC],
  [{ rcode: RCODE.SERVFAIL }, TRUNCATED, RCODE.NOERROR, FLAG.TC],
  [{ ...TRUNCATED, rcode: RCODE.SERVFAIL }, "down", RCODE.SERVFAIL, 0],
  [NOTIMP, NOTIMP, RCODE.NOTIMP, 0],
  [NOTIMP, "down", RCODE.NOTIMP, 0],
  [NOTIMP, { rcode: RCODE.SERVFAIL }, RCODE.NOTIMP, 0],
  [{ rcode: RCODE.REFUSED }, NOTIMP, RCODE.NOTIMP, 0],
  [{ rcode: RCODE.NOTAUTH }, "down", RCODE.NOTAUTH, 0],
  [{ rcode: RCODE.REFUSED }, { rcode: RCODE.SERVFAIL }, RCODE.REFUSED, 0],
  [REFERRAL, "down", RCODE.NOERROR, 0],
  [REFERRAL, { rcode: RCODE.SERVFAIL }, RCODE.SERVFAIL, 0],
];

for (const policy of ["failover", "balance", "race"] as const) {
  Deno.test(`Pool with the policy ${policy} passes on the best of what upstreams answer, and asks each once`, () => {
    for (const [first, second, rcode, truncation] of RANKED) {
      const stage = new PoolStage(policy);
      const [one, two] = stage.upstreams;
      const token = stage.ask();
      one.answer(0, first);
      if (second === "down") two.fail(0, UNREACHABLE);
      else two.answer(0, second);
      const outcome = stage.recorder.outcome(token);
      const what = JSON.stringify([first, second]);
      assertEquals([one.asked.length, two.asked.length], [1, 1], what);
      if (outcome?.failure) assertEquals([outcome.failure.rcode, 0], [rcode, truncation], what);
      else {
        const response = stage.recorder.response(token);
        assertEquals([response.rcode, response.flags & FLAG.TC], [rcode, truncation], what);
      }
      stage.end();
    }
  });
}

withTwo("Pool waits a second for a second opinion, then passes on the first", (stage) => {
  const [one, two] = stage.upstreams;
  const tokens = [TRUNCATED, NOTIMP].map((input, at) => {
    const token = stage.ask();
    one.answer(at, input);
    return token;
  });
  assertEquals(two.asked.length, 2);
  stage.clock.advance(SECOND_OPINION - TICK);
  assertEquals(stage.recorder.order, []);
  stage.clock.advance(2 * TICK);
  const told = tokens.map((token) => stage.recorder.response(token));
  assertEquals([told[0].flags & FLAG.TC, told[1].rcode], [FLAG.TC, RCODE.NOTIMP]);
  two.answer(0);
  assertEquals(stage.recorder.order, tokens, "the later one is ignored");
});

withTwo("Pool keeps a truncated response until the time is up, and passes that on", (stage) => {
  const [one, two] = stage.upstreams;
  const token = stage.ask();
  stage.clock.advance(DEADLINE - 200);
  one.answer(0, TRUNCATED);
  assertEquals([stage.recorder.response(token).flags & FLAG.TC, two.names], [FLAG.TC, []]);
});

withTwo(
  "Pool asks the second upstream at once where the first answers another question, and takes whichever answers first",
  (stage) => {
    const [one, two] = stage.upstreams;
    for (const winner of [two, one]) {
      const token = stage.ask();
      one.doubt(one.asked.length - 1);
      one.doubt(one.asked.length - 1);
      assertEquals(two.asked.length, one.asked.length, "asked once");
      assertEquals(stage.recorder.outcome(token), undefined);
      winner.answer(winner.asked.length - 1);
      assertEquals(stage.recorder.response(token).answers.length, 1);
    }
  },
);

Deno.test("Pool asks one upstream after the other where each answers another question", () => {
  const stage = new PoolStage("failover", ["one", "two", "three"]);
  const [one, two, three] = stage.upstreams;
  const token = stage.ask();
  one.doubt(0);
  two.doubt(0);
  assertEquals(three.asked.length, 1);
  three.answer(0, { rcode: RCODE.SERVFAIL });
  assertEquals(stage.recorder.outcome(token), undefined, "the others may still answer");
  two.answer(0);
  assertEquals(stage.recorder.response(token).rcode, 0);
  stage.end();
});

Deno.test("Pool asks a third upstream where the second falls silent after the first had no answer", () => {
  const stage = new PoolStage("failover", ["one", "two", "three"]);
  const [one, two, three] = stage.upstreams;
  const token = stage.ask();
  one.answer(0, { rcode: RCODE.SERVFAIL });
  two.state = "silent";
  stage.clock.advance(TICK);
  three.answer(0);
  assertEquals(stage.recorder.response(token).rcode, 0);
  stage.end();
});

withTwo(
  "Pool asks nobody else where what comes for a signed query is no answer (RFC 5625, 4.5; TSIG-01)",
  (stage) => {
    const [one, two] = stage.upstreams;
    const tsig = { name: "key", type: TYPE.TSIG, data: octets(40) };
    const signed = { edns: false, additionals: [tsig] };
    for (const input of [TRUNCATED, NOTIMP, REFERRAL]) {
      const token = stage.ask(NAME, signed);
      one.doubt(one.asked.length - 1);
      one.answer(one.asked.length - 1, { ...input, additionals: [tsig] });
      assertEquals(stage.recorder.response(token).rcode, input.rcode ?? 0);
    }
    assertEquals(two.names, []);
  },
);
