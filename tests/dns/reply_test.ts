import { assert, assertEquals } from "@std/assert";
import { OPT_LENGTH } from "../../lib/dns/edns.ts";
import { ReplyWriter } from "../../lib/dns/reply.ts";
import { extendedErrorOption, OPTION, optRecord, padding, textOption } from "../helpers/edns.ts";
import { FLAG, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { addressRecord, addressRecords, buildQuery, buildResponse } from "../helpers/query.ts";
import { asked, errorReply, NAME, reply, replyTo, written } from "./reply_to.ts";

const EDNS = { edns: true } as const;

Deno.test("ReplyWriter.writeResponse() restores ID and spelling of the client (RFC 1035, 4.1.1; MSG-01, Q11)", () => {
  for (const id of [0, 0x1234, 0xffff]) {
    const made = reply({ query: { id } });
    assertEquals([made.id, made.questions[0].name], [id, NAME]);
    assertEquals(made.answers[0].name, NAME, "a compressed owner is spelled as the question");
  }
});

Deno.test("ReplyWriter.writeResponse() copies RD and CD of the query, AA, TC and RCODE of the response (MSG-02, MSG-18, MSG-19)", () => {
  const cases: [string, number, number, number][] = [
    ["nothing", 0, 0, 0],
    ["RD", FLAG.RD, 0, FLAG.RD],
    ["CD", FLAG.CD, 0, FLAG.CD],
    ["AA", 0, FLAG.AA, FLAG.AA],
    ["TC", 0, FLAG.TC, FLAG.TC],
    ["Z of the response", 0, FLAG.Z, 0],
    ["Z of the query", FLAG.Z, 0, 0],
    ["all odd bits of the query", FLAG.AA | FLAG.TC | FLAG.RA | FLAG.Z | 15, 0, 0],
    ["CD of the response", 0, FLAG.CD, 0],
  ];
  for (const [what, flags, moreFlags, expected] of cases) {
    const made = reply({ query: { flags }, response: { moreFlags } });
    assertEquals(made.flags, FLAG.QR | FLAG.RA | expected, what);
  }
});

Deno.test("ReplyWriter.writeResponse() sets RA, as recursion is what the upstream is for (MSG-02)", () => {
  assertEquals(reply({ response: { flags: FLAG.QR } }).flags & FLAG.RA, FLAG.RA);
});

Deno.test("ReplyWriter.writeResponse() passes AD to clients that set AD or DO, and to no others (RFC 6840, 5.7; VAL-03, C37)", () => {
  const cases: [string, number, boolean, boolean][] = [
    ["neither", 0, false, false],
    ["AD", FLAG.AD, false, true],
    ["DO", 0, true, true],
    ["AD and DO", FLAG.AD, true, true],
  ];
  for (const [what, flags, dnssecOk, expected] of cases) {
    const query = { flags, edns: { dnssecOk } };
    const withAd = reply({ query, response: { moreFlags: FLAG.AD } });
    assertEquals((withAd.flags & FLAG.AD) !== 0, expected, what);
    assertEquals(reply({ query }).flags & FLAG.AD, 0, `${what}, but the response has none`);
  }
});

Deno.test("ReplyWriter.writeResponse() copies records as they are, whatever the compression (MSG-09, MSG-10, MSG-19)", () => {
  const data = Uint8Array.from({ length: 300 }, (_, at) => at);
  for (const compress of [false, true]) {
    const sections = {
      answers: [
        { name: "www.example", type: TYPE.CNAME, ttl: 2 ** 32 - 1, data: [{ name: "a.example" }] },
        { name: "a.example", type: 65_399, class: 77, ttl: 0, data },
      ],
      authorities: [{ name: "example", type: TYPE.NS, data: [{ name: "ns.example" }] }],
      additionals: [addressRecord("ns.example"), addressRecord("www.ns.example", 2)],
      compress,
    };
    for (const query of [{}, EDNS]) {
      const octets = buildQuery(NAME.toLowerCase(), query);
      const response = buildResponse(asked(octets), sections);
      const made = written(replyTo(octets, 1232), response);
      const original = parseMessage(response);
      for (const section of ["answers", "authorities", "additionals"] as const) {
        assertEquals(made?.[section], original[section], section);
      }
      assertEquals(made?.tailLength, 0);
    }
  }
});

Deno.test("ReplyWriter.writeResponse() has no OPT record for a client without (RFC 6891, 6.1.1; EDNS-02)", () => {
  const edns = { options: [extendedErrorOption(22, "x"), padding(300)] };
  const made = reply({ response: { edns } });
  assertEquals([made.opts.length, made.additionals.length, made.tailLength], [0, 0, 0]);
});

Deno.test("ReplyWriter.writeResponse() has one OPT record of ours for a client with EDNS (EDNS-01, EDNS-03, PAD-02)", () => {
  const options = [padding(300), textOption(OPTION.COOKIE, "12345678"), textOption(65_001, "x")];
  const edns = { payloadSize: 4096, flags: 0x7fff, dnssecOk: true, options };
  for (const dnssecOk of [false, true]) {
    for (const response of [{ edns }, { edns: false } as const]) {
      const { opts } = reply({ query: { edns: { dnssecOk, flags: 0x40 } }, response });
      const fixed = { owner: ".", payloadSize: 1232, extendedRcode: 0, version: 0, otherFlags: 0 };
      assertEquals(opts, [{ ...fixed, dnssecOk, options: [] }]);
    }
  }
});

Deno.test("ReplyWriter.writeResponse() takes out OPT from the middle, pointers behind it included (RFC 1035, 4.1.4; EDNS-01)", () => {
  const behind = [
    { name: "mx.test", type: TYPE.MX, data: [Uint8Array.of(0, 1), { name: "a.mx.test" }] },
    addressRecord("a.mx.test"),
    addressRecord("b.a.mx.test", 2),
  ];
  for (const query of [{}, EDNS]) {
    const octets = buildQuery(NAME, query);
    const additionals = [
      addressRecord("ns.test"),
      optRecord({ options: [padding(99)] }),
      ...behind,
    ];
    const response = buildResponse(asked(octets), { edns: false, additionals });
    const made = written(replyTo(octets, 1232), response);
    assertEquals(made?.additionals, parseMessage(response).additionals);
    assertEquals(made?.opts.length, query === EDNS ? 1 : 0);
    assertEquals(made?.opt?.options ?? [], []);
  }
});

Deno.test("ReplyWriter.writeResponse() is -1 where a name points into the OPT record, which is taken out (Q14, C27)", () => {
  const query = buildQuery(NAME);
  const before = buildResponse(asked(query), { edns: false }).length;
  for (const at of [0, 11, 15, 16]) {
    const target = 0xc000 | (before + at);
    // Behind the OPT record: an A record whose owner is a pointer.
    const owner = [target >>> 8, target & 0xff];
    const tail = Uint8Array.from([...owner, 0, TYPE.A, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]);
    const additionals = [optRecord({ options: [padding(8)] })];
    const counts = [1, 1, 0, 2];
    const response = buildResponse(asked(query), { edns: false, additionals, counts, tail });
    assertEquals(parseMessage(response).additionals.length, 1, "the response can be read");
    assertEquals(written(replyTo(query, 1232), response), undefined, `octet ${at} of OPT`);
  }
});

Deno.test("ReplyWriter.writeResponse() leaves octets behind the last record out (MSG-14)", () => {
  for (const query of [{}, EDNS]) {
    const made = reply({ query, response: { tail: new Uint8Array(20).fill(7) } });
    assertEquals([made.tailLength, made.answers.length], [0, 1]);
  }
});

Deno.test("ReplyWriter.writeResponse() is -1 for what cannot be read (Q14, C27)", () => {
  const query = buildQuery(NAME, EDNS);
  const good = buildResponse(asked(query), { answers: addressRecords(NAME, 2) });
  const opt = optRecord();
  const cases: [string, Uint8Array][] = [
    ["cut", good.subarray(0, good.length - 1)],
    ["a pointer that leads nowhere", good.with(good.indexOf(0xc0, 29), 0xff)],
    ["two OPT records", buildResponse(asked(query), { additionals: [opt] })],
    ["OPT as an answer", buildResponse(asked(query), { answers: [opt] })],
    ["two questions", good.with(5, 2)],
  ];
  assert(written(replyTo(query, 1232), good) !== undefined);
  for (const [what, octets] of cases) {
    assertEquals(written(replyTo(query, 1232), octets), undefined, what);
  }
});

Deno.test("ReplyWriter.writeResponse() changes nothing but the ID of a signed response (RFC 5625, 4.5; TSIG-01)", () => {
  const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(40) };
  const query = buildQuery(NAME, { id: 0x1234, additionals: [tsig] });
  const response = buildResponse(asked(query), {
    additionals: [optRecord({ options: [padding(8)] }), tsig],
    moreFlags: FLAG.AD | FLAG.Z,
  });
  const made = written(replyTo(query, 1232, { isOpaque: true }), response);
  assertEquals(made?.octets, response.with(0, 0x12).with(1, 0x34));
});

Deno.test("ReplyWriter.writeResponse() tells a client of TC where a signed response is too long", () => {
  const query = buildQuery(NAME);
  const response = buildResponse(asked(query), { answers: addressRecords(NAME, 100) });
  const made = written(replyTo(query, 512, { isOpaque: true }), response);
  assertEquals([made?.flags, made?.answers], [FLAG.QR | FLAG.RA | FLAG.RD | FLAG.TC, []]);
});

Deno.test("ReplyWriter.writeResponse() repeats the question where an error of the upstream has none (Q13)", () => {
  const query = buildQuery(NAME, EDNS);
  const response = buildResponse(asked(query), { questions: [], rcode: RCODE.REFUSED });
  const made = written(replyTo(query, 1232), response);
  assertEquals([made?.rcode, made?.questions[0].name], [RCODE.REFUSED, NAME]);
});

Deno.test("ReplyWriter.writeResponse() announces how long a connection may idle, if told to (RFC 7828, 3.3.2; KA-02)", () => {
  const made = reply({ query: EDNS, limit: 65_535, to: { keepalive: 300 } });
  assertEquals(made.opt?.options, [{ code: OPTION.KEEPALIVE, data: Uint8Array.of(1, 44) }]);
  const without = reply({ limit: 65_535, to: { keepalive: 300 } });
  assertEquals(without.opts, [], "never to a client without EDNS");
});

Deno.test("ReplyWriter.writeTruncated() has TC, the question and no record", () => {
  for (const query of [{}, EDNS]) {
    const octets = buildQuery(NAME, query);
    const out = new Uint8Array(600).fill(0xee);
    const length = new ReplyWriter(out).writeTruncated(replyTo(octets, 512));
    const made = parseMessage(out.slice(0, length));
    assertEquals(made.flags, FLAG.QR | FLAG.RD | FLAG.RA | FLAG.TC);
    assertEquals([made.rcode, made.answers.length, made.questions[0].name], [0, 0, NAME]);
    assertEquals(made.opts.length, query === EDNS ? 1 : 0);
  }
});

Deno.test("ReplyWriter.writeError() has RCODE, opcode, RD, CD and question (MSG-12; EDNS-04)", () => {
  const flags = (5 << 11) | FLAG.RD | FLAG.CD | FLAG.AD | FLAG.Z | FLAG.TC | 9;
  for (const rcode of [RCODE.FORMERR, RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED, RCODE.BADVERS]) {
    const query = buildQuery(NAME, { flags, edns: { dnssecOk: true } });
    const made = errorReply(replyTo(query, 1232), rcode, new Uint8Array());
    assertEquals([made.rcode, made.headerRcode], [rcode, rcode & 15]);
    assertEquals(made.flags & ~15, FLAG.QR | FLAG.RA | FLAG.RD | FLAG.CD | (5 << 11));
    assertEquals(made.questions, parseMessage(query).questions);
    assertEquals([made.opts.length, made.opt?.version, made.opt?.dnssecOk], [1, 0, true]);
  }
});

Deno.test("ReplyWriter.writeError() is a header alone without a question that can be read (MSG-07)", () => {
  const query = buildQuery(NAME, { additionals: addressRecords("a", 3) });
  const made = errorReply(
    replyTo(query, 512, { questionEnd: 12 }),
    RCODE.FORMERR,
    new Uint8Array(),
  );
  assertEquals([made.octets.length, made.questions.length], [12, 0]);
});

Deno.test("ReplyWriter.writeError() leaves out what does not fit of extended errors, and all without EDNS (RFC 8914, 3; EDE-01)", () => {
  const options = Uint8Array.of(0, 15, 0, 6, 0, 23, 0x74, 0x65, 0x78, 0x74);
  const query = buildQuery(NAME, EDNS);
  const bare = query.length;
  assertEquals(bare, 12 + NAME.length + 2 + 4 + OPT_LENGTH);
  for (
    const [room, expected] of [[10, ["text"]], [9, [""]], [6, [""]], [5, []], [0, []]] as const
  ) {
    const made = errorReply(replyTo(query, bare + room), RCODE.SERVFAIL, options);
    const texts = made.extendedErrors.map(({ text }) => text);
    assertEquals([texts, made.tailLength], [expected, 0], `room for ${room}`);
  }
  assertEquals(errorReply(replyTo(buildQuery(NAME), 512), RCODE.SERVFAIL, options).opts, []);
});
