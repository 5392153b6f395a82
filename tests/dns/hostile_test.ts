/** What must hold whatever octets come. */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { ReplyWriter } from "../../lib/dns/reply.ts";
import { Sections } from "../../lib/dns/sections.ts";
import { extendedErrorOption, optRecord, padding } from "../helpers/edns.ts";
import { FLAG, type Message, parseMessage, type RecordInput, TYPE } from "../helpers/message.ts";
import {
  addressRecord,
  addressRecords,
  buildQuery,
  buildResponse,
  type ResponseInput,
} from "../helpers/query.ts";
import { hostile } from "./random_octets.ts";
import { asked, NAME, replyTo } from "./reply_to.ts";

const COUNT = 20_000;
const HEADER_LENGTH = 12;

function seeds(query: Uint8Array): Uint8Array[] {
  const name = NAME.toLowerCase();
  const soa: RecordInput = {
    name: "example",
    type: TYPE.SOA,
    data: [{ name: "ns.example" }, { name: "h.example" }, new Uint8Array(20)],
  };
  const mx = { name, type: TYPE.MX, data: [Uint8Array.of(0, 1), { name: "mx.test" }] };
  const opt = optRecord({ options: [extendedErrorOption(22, "x"), padding(5)] });
  const additionals = [addressRecord("mx.test"), opt, addressRecord("a.mx.test"), mx];
  const inputs: ResponseInput[] = [
    { answers: addressRecords(name, 40) },
    { answers: [mx], authorities: [soa], additionals, edns: false },
    { answers: [], authorities: [soa], rcode: 3, edns: { options: [padding(200)] } },
    { questions: [], rcode: 2 },
  ];
  return inputs.map((input) => buildResponse(asked(query), input));
}

/** The reply; undefined if only the text of an extended error, which is passed on, cannot be read. */
function readable(reply: Uint8Array): Message | undefined {
  try {
    return parseMessage(reply);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

Deno.test("Sections.read() never throws, and its offsets are in order and within the message", () => {
  const sections = new Sections();
  let sound = 0;
  for (const octets of hostile(11, seeds(buildQuery(NAME, { edns: true })), COUNT)) {
    if (octets.length < HEADER_LENGTH || !sections.read(octets)) continue;
    sound++;
    const { questionEnd, answerEnd, authorityEnd, end, opt, optEnd } = sections;
    const offsets = [HEADER_LENGTH, questionEnd, answerEnd, authorityEnd, end, octets.length];
    assertEquals(offsets.toSorted((a, b) => a - b), offsets);
    if (opt >= 0) assert(opt >= authorityEnd && optEnd >= opt + 11 && optEnd <= end);
  }
  assert(sound > COUNT / 100, `only ${sound} of the messages could be read`);
});

Deno.test("Sections.read() agrees with a strict reader on what is a message", () => {
  const sections = new Sections();
  for (const octets of hostile(12, seeds(buildQuery(NAME, { edns: true })), COUNT)) {
    if (octets.length < HEADER_LENGTH || !sections.read(octets)) continue;
    // Beyond the reader's interest are names inside OPT or behind data that has none.
    if (sections.optCount > 0) continue;
    parseMessage(octets);
  }
});

Deno.test("ReplyWriter never throws, and writes a sound reply within the limit or says that it cannot", () => {
  for (
    const [query, limit] of [[{}, 512], [{ edns: true }, 512], [{ edns: true }, 1232]] as const
  ) {
    const asking = buildQuery(NAME, { id: 0x1234, ...query });
    const end = HEADER_LENGTH + 13 + 4;
    let replies = 0;
    for (const octets of hostile(limit, seeds(asking), COUNT / 2)) {
      // The upstream has seen to the header and the question (`answers()`).
      if (octets.length < end || octets[5] !== 1) continue;
      octets.set(asking.subarray(HEADER_LENGTH, end), HEADER_LENGTH);
      const out = new Uint8Array(65_535 + 64);
      const length = new ReplyWriter(out).writeResponse(replyTo(asking, limit), octets);
      if (length < 0) continue;
      replies++;
      assertLessOrEqual(length, limit);
      const reply = readable(out.slice(0, length));
      if (reply === undefined) continue;
      assertEquals([reply.id, reply.flags & FLAG.QR, reply.tailLength], [0x1234, FLAG.QR, 0]);
      assertEquals(reply.questions, parseMessage(asking).questions);
      assertEquals(reply.opts.length, "edns" in query ? 1 : 0);
    }
    assert(replies > COUNT / 50, `only ${replies} replies were written`);
  }
});
