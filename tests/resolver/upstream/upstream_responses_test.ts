/** What an upstream may send, and what is taken for the response to a query (matrix C). */

import { assert, assertEquals } from "@std/assert";
import { FLAG, frame, parseMessage, RCODE, TYPE } from "../../helpers/message.ts";
import {
  addressRecords,
  buildQuery,
  buildResponse,
  type ResponseInput,
} from "../../helpers/query.ts";
import { hostile } from "../../dns/random_octets.ts";
import { settled } from "../../helpers/fake_clock.ts";
import { asToken } from "../recorder.ts";
import { UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const NAME = "www.example";

function question(name: string, type: number = TYPE.A, klass = 1) {
  return { questions: [{ name, type, class: klass }] };
}

/** Ignored: what, and whether the message is for no query or for a query of another question. */
const IGNORED: readonly [string, (id: number) => ResponseInput, "unknown" | "mismatched"][] = [
  ["another ID (C3)", (id) => ({ id: id ^ 1 }), "unknown"],
  ["another name (C5)", () => question("wwx.example"), "mismatched"],
  ["another type (C5)", () => question(NAME, TYPE.AAAA), "mismatched"],
  ["another class (C5)", () => question(NAME, TYPE.A, 3), "mismatched"],
  ["no question, but no error (Q13)", () => ({ questions: [], answers: [] }), "mismatched"],
  ["no QR (C10)", () => ({ flags: 0 }), "mismatched"],
  ["opcode 5 (C11)", () => ({ flags: FLAG.QR | (5 << 11) }), "mismatched"],
];

upstreamTest(
  "Upstream ignores what does not answer the query, and takes what does later (RFC 5452, 9.1; RFC 7766, 7; DOT-05, MATCH-01)",
  async (stage) => {
    for (const [what, input, counter] of IGNORED) {
      const token = await stage.asked(NAME);
      const before = stage.upstream.counters[counter];
      await stage.stream.answer(NAME, input(stage.stream.query(NAME).id));
      assertEquals(stage.recorder.outcome(token), undefined, what);
      assertEquals(stage.upstream.counters[counter], before + 1, what);
      await stage.pass(300);
      await stage.stream.answer(NAME);
      assertEquals(stage.recorder.response(token).answers.length, 1, what);
    }
    assertEquals(stage.streams.length, 1);
  },
);

Deno.test("Upstream lets its requester know of a message that answers another question, before the outcome", async () => {
  const stage = new UpstreamStage();
  const heard: string[] = [];
  const requester = {
    respond: () => void heard.push("response"),
    fail: () => void heard.push("failure"),
    doubt: (token: number) => void heard.push(`doubt of ${token}`),
  };
  for (const input of [question("wwx.example"), { questions: [], answers: [] }, { flags: 0 }]) {
    const query = buildQuery(NAME, { id: 0, edns: true });
    stage.upstream.resolve(query, requester, asToken(7));
    await settled();
    await stage.stream.answer(NAME, input);
    assertEquals(heard.splice(0), ["doubt of 7"]);
    await stage.pass(300);
    await stage.stream.answer(NAME);
    assertEquals(heard.splice(0), ["response"]);
  }
  await stage.end();
});

upstreamTest(
  "Upstream takes a response whose name is in another case (RFC 4343; C6, 0.11)",
  async (stage) => {
    const token = await stage.asked("WwW.example");
    await stage.stream.answer("WwW.example", question("wWw.EXAMPLE"));
    assertEquals(stage.recorder.response(token).answers.length, 1);
  },
);

upstreamTest(
  "Upstream takes the first of two responses, and counts the second (C2)",
  async (stage) => {
    const token = await stage.asked(NAME);
    await stage.stream.answer(NAME);
    await stage.stream.answer(NAME, { rcode: RCODE.SERVFAIL });
    assertEquals([stage.recorder.response(token).rcode, stage.upstream.counters.unknown], [0, 1]);
  },
);

upstreamTest(
  "Upstream replaces a connection that goes on answering other questions (Q14)",
  async (stage) => {
    const token = await stage.asked(NAME);
    const [first] = stage.streams;
    for (let count = 0; count < 50 && !first.isClosed; count++) {
      await first.answer(NAME, question("wwx.example"));
    }
    assertEquals(first.isClosed, true);
    await stage.pass(300);
    await stage.stream.answer(NAME);
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

upstreamTest(
  "Upstream leaves a connection whose IDs are wrong, and asks again on another (Q14, C3)",
  async (stage) => {
    const tokens = await stage.askMany(20);
    const [first] = stage.streams;
    await first.deliver(
      ...first.queries.map((query) => buildResponse(query, { id: query.id ^ 1 })),
    );
    assertEquals([first.isClosed, stage.upstream.counters.unknown], [true, 17]);
    await stage.pass(300);
    while (stage.upstream.pending > 0) await stage.stream.answer(stage.stream.names.at(-1) ?? "");
    assertEquals(stage.recorder.answered.length, tokens.length);
  },
);

upstreamTest(
  "Upstream stays on a connection where each response comes twice (C2)",
  async (stage) => {
    for (const token of await stage.askMany(100)) {
      const response = buildResponse(stage.stream.queries[token - 1]);
      await stage.stream.deliver(response, response);
    }
    assertEquals([stage.streams.length, stage.recorder.answered.length], [1, 100]);
  },
);

upstreamTest(
  "Upstream asks once only what is signed, and takes the response as it is (RFC 5625, 4.5; TSIG-01)",
  async (stage) => {
    const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(40) };
    for (
      const input of [{ rcode: RCODE.FORMERR }, { rcode: RCODE.NOTIMP }, { moreFlags: FLAG.TC }]
    ) {
      const token = await stage.asked(NAME, { edns: false, additionals: [tsig] });
      await stage.stream.answer(NAME, input);
      assertEquals(stage.recorder.response(token).rcode, input.rcode ?? RCODE.NOERROR);
    }
    assertEquals(stage.stream.queries.length, 3);
  },
);

upstreamTest(
  "Upstream asks once more without EDNS where the server refuses it, and with EDNS the next time (RFC 6891, 6.2.2; EDNS-09, C8, C24)",
  async (stage) => {
    const refusals: ResponseInput[] = [
      { rcode: RCODE.NOTIMP, edns: false },
      { rcode: RCODE.BADVERS },
    ];
    for (const [number, refusal] of refusals.entries()) {
      const name = `n${number}.example`;
      const token = await stage.asked(name);
      assertEquals(stage.stream.query(name).opts.length, 1, "EDNS comes first");
      await stage.stream.answer(name, refusal);
      assertEquals([stage.recorder.outcome(token), stage.stream.query(name).opts], [undefined, []]);
      await stage.stream.answer(name);
      assertEquals(stage.recorder.response(token).rcode, 0);
    }
    assertEquals([stage.streams.length, stage.stream.queries.length], [1, 4]);
  },
);

upstreamTest("Upstream keeps the order of queries that it sends a second time", async (stage) => {
  await stage.askMany(3);
  const refusals = stage.stream.queries.map((query) =>
    buildResponse(query, { rcode: RCODE.NOTIMP, edns: false })
  );
  await stage.stream.deliver(...refusals);
  assertEquals(stage.stream.names.slice(3), ["n0.example", "n1.example", "n2.example"]);
  await stage.stream.answerAll(3);
});

upstreamTest("Upstream asks without EDNS once only", async (stage) => {
  const token = await stage.asked(NAME);
  for (let count = 0; count < 3; count++) {
    await stage.stream.answer(NAME, { rcode: RCODE.FORMERR });
  }
  assertEquals([stage.recorder.response(token).rcode, stage.stream.queries.length], [
    RCODE.FORMERR,
    3,
  ]);
});

upstreamTest(
  "Upstream asks once more for 65,535 octets where a response is truncated, then takes it as it is (MSG-18, Q25, C23)",
  async (stage) => {
    const token = await stage.asked(NAME);
    await stage.stream.answer(NAME, { moreFlags: FLAG.TC });
    assertEquals(stage.stream.query(NAME).opt?.payloadSize, 65_535);
    await stage.stream.answer(NAME, { moreFlags: FLAG.TC });
    assertEquals(stage.recorder.response(token).flags & FLAG.TC, FLAG.TC);
    assertEquals(stage.stream.queries.length, 2);
  },
);

upstreamTest(
  "Upstream sends a query at most three times, whatever for (RFC 9520, 3.1)",
  async (stage) => {
    const token = await stage.asked(NAME);
    await stage.stream.answer(NAME, { moreFlags: FLAG.TC });
    await stage.stream.answer(NAME, { rcode: RCODE.FORMERR });
    await stage.stream.answer(NAME, { rcode: RCODE.FORMERR });
    assertEquals([stage.recorder.response(token).rcode, stage.stream.queries.length], [
      RCODE.FORMERR,
      3,
    ]);
  },
);

upstreamTest("Upstream takes a response however the stream is cut (C19, C20)", async (stage) => {
  const tokens = await stage.askMany(3);
  const responses = stage.stream.queries.map((query) => frame(buildResponse(query)));
  const octets = Uint8Array.from(responses.flatMap((response) => [...response]));
  for (const octet of octets) await stage.stream.deliverOctets(Uint8Array.of(octet));
  assertEquals(stage.recorder.answered, tokens);
});

upstreamTest("Upstream takes a message of 65,535 octets (C17)", async (stage) => {
  const token = await stage.asked(NAME);
  const query = stage.stream.query(NAME);
  const answers = addressRecords(NAME, 4000);
  const { length } = buildResponse(query, { answers });
  const data = new Uint8Array(65_535 - length - 12);
  const filler = { name: NAME, type: TYPE.TXT, data };
  const response = buildResponse(query, { answers: [...answers, filler] });
  assertEquals(response.length, 65_535);
  await stage.stream.deliver(response);
  assertEquals(stage.recorder.outcome(token)?.response?.length, 65_535);
});

const SEED = parseMessage(buildQuery(NAME));
const SEEDS = [{ answers: addressRecords(NAME, 3) }, { rcode: 1 }, { moreFlags: FLAG.TC }]
  .map((input) => buildResponse(SEED, input));

Deno.test("Upstream never throws, and takes for a response only what answers the question, whatever octets come", async () => {
  let taken = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const stage = new UpstreamStage();
    for (const octets of hostile(seed, SEEDS, 100)) {
      if (stage.upstream.pending === 0) await stage.asked(NAME);
      // Long enough for any attempt to connect again.
      if (stage.upstream.pending === 0) await stage.pass(2000);
      const query = stage.stream.queries.at(-1);
      if (query && octets.length >= 2) octets.set(query.octets.subarray(0, 2));
      await stage.stream.deliver(octets);
      await stage.pass(300);
    }
    for (const response of stage.recorder.responses) {
      taken++;
      assertEquals(response[2] & 0xf8, 0x80, "QR, opcode QUERY");
      if (response[5] === 0) continue;
      const name = String.fromCharCode(...response.subarray(12, 25)).toLowerCase();
      assertEquals([name, ...response.subarray(25, 29)], ["\x03www\x07example\0", 0, 1, 0, 1]);
    }
    await stage.end();
  }
  // Not more, as the second wrong question on a connection ends it.
  assert(taken > 150, `only ${taken} of 2,000 messages were taken`);
});
