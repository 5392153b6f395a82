import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { failure, OVERLOAD } from "../../lib/resolver/failure.ts";
import { settled } from "../helpers/fake_clock.ts";
import {
  unanswerable,
  withImpossibleType,
  withMalformedOpt,
  withUnreadableQuestion,
} from "../helpers/malformed.ts";
import { assertRepliesTo } from "../helpers/expect.ts";
import { FLAG, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { addressRecords, buildQuery, buildResponse } from "../helpers/query.ts";
import { hostile } from "../dns/random_octets.ts";
import { CAPACITY, CLIENT, NAME, UdpStage, udpTest } from "./udp_stage.ts";

udpTest(
  "UdpListener asks the resolver in canonical form and sends the reply to the client (MSG-01, MSG-14)",
  async (stage) => {
    const query = await stage.ask({ edns: { dnssecOk: true, payloadSize: 4096 }, id: 0x1234 });
    const asked = stage.asked(0);
    assertEquals([asked.id, asked.opt?.payloadSize, asked.opt?.dnssecOk], [0, 1232, true]);
    assertEquals([asked.questions[0].name, asked.flags], [NAME, FLAG.RD]);
    await stage.respond(0, { answers: addressRecords(NAME, 3) });
    const [{ host, port, message }] = stage.socket.replies;
    assertEquals({ host, port }, CLIENT);
    assertRepliesTo(query, message);
    assertEquals([message.answers.length, message.opts.length], [3, 1]);
  },
);

udpTest("UdpListener keeps clients of one ID apart (MSG-01)", async (stage) => {
  const names = ["a.example", "b.example", "c.example"];
  for (const [number, name] of names.entries()) {
    await stage.ask({ id: 7 }, { host: "127.0.0.1", port: 1000 + number }, name);
  }
  for (const index of [2, 0, 1]) await stage.respond(index);
  const seen = stage.socket.replies.map(({ port, message }) => [port, message.questions[0].name]);
  assertEquals(seen, [[1002, "c.example"], [1000, "a.example"], [1001, "b.example"]]);
});

udpTest("UdpListener sends all replies of a turn with one flush", async (stage) => {
  const batch = Array.from({ length: 6 }, (_, number) => ({
    octets: buildQuery(`n${number}.example`),
    host: "127.0.0.1",
    port: 1000 + number,
  }));
  await stage.socket.deliver(...batch);
  assertEquals(stage.resolver.asked.length, 6);
  for (let index = 0; index < 6; index++) {
    stage.resolver.respond(index, buildResponse(stage.asked(index)));
  }
  await settled();
  assertEquals(stage.socket.flushes, [6]);
});

udpTest(
  "UdpListener never answers a response or less than a header, and asks nothing (MSG-03, MSG-04; Q9)",
  async (stage) => {
    for (const { what, octets } of unanswerable()) {
      await stage.send(octets);
      assertEquals([stage.socket.replies.length, stage.resolver.asked.length], [0, 0], what);
    }
    assertEquals([stage.counters.tooShort, stage.counters.responses], [3, 3]);
  },
);

udpTest(
  "UdpListener answers what is malformed itself, in no more octets than it was sent (Q9, ACL-02)",
  async (stage) => {
    const cases = [withUnreadableQuestion, withMalformedOpt, withImpossibleType];
    for (const { what, octets } of cases.flatMap((each) => each())) {
      await stage.send(octets);
      assertEquals([stage.reply.rcode, stage.reply.id], [
        RCODE.FORMERR,
        octets[0] * 256 + octets[1],
      ], what);
      assertLessOrEqual(stage.reply.octets.length, octets.length, what);
    }
    assertEquals(stage.resolver.asked, []);
  },
);

udpTest(
  "UdpListener answers NOTIMP, REFUSED and BADVERS itself, in no more octets than it was sent (MSG-12, EDNS-04, Q15, ACL-02)",
  async (stage) => {
    const cases = [
      [{ flags: 2 << 11, edns: true }, RCODE.NOTIMP],
      [{ flags: 2 << 11 }, RCODE.NOTIMP],
      [{ type: TYPE.AXFR, edns: true }, RCODE.REFUSED],
      [{ type: TYPE.IXFR }, RCODE.REFUSED],
      [{ edns: { version: 1 } }, RCODE.BADVERS],
    ] as const;
    for (const [input, rcode] of cases) {
      const query = await stage.ask(input);
      assertEquals([stage.reply.rcode, stage.reply.opts.length], [rcode, "edns" in input ? 1 : 0]);
      assertLessOrEqual(stage.reply.octets.length, query.length);
    }
    assertEquals(stage.resolver.asked, []);
  },
);

udpTest(
  "UdpListener takes a repeated datagram for the same query, and answers it once (Q5, D3)",
  async (stage) => {
    const query = await stage.ask();
    await stage.send(query);
    await stage.send(query);
    assertEquals([stage.resolver.asked.length, stage.counters.repeated], [1, 2]);
    await stage.respond(0);
    assertEquals(stage.socket.replies.length, 1);
    await stage.send(query);
    assertEquals(stage.resolver.asked.length, 2, "asked again once answered");
  },
);

udpTest(
  "UdpListener takes another ID, port, address, name, type or flag for another query (Q5, D4)",
  async (stage) => {
    const base = { id: 7 };
    await stage.ask(base);
    await stage.ask({ id: 8 });
    await stage.ask(base, { ...CLIENT, port: CLIENT.port + 1 });
    await stage.ask(base, { ...CLIENT, host: "127.0.0.2" });
    await stage.ask(base, CLIENT, "other.example");
    await stage.ask({ ...base, type: TYPE.AAAA });
    await stage.ask({ ...base, flags: 0 });
    assertEquals([stage.resolver.asked.length, stage.counters.repeated], [7, 0]);
  },
);

udpTest(
  "UdpListener answers nobody at port 0 or at an own address (ACL-02, Q9, D19)",
  async (stage) => {
    await stage.ask({}, { host: "127.0.0.1", port: 0 });
    await stage.ask({}, { host: "127.0.0.1", port: 53 });
    await stage.send(buildQuery(NAME, { flags: 2 << 11 }), { host: "127.0.0.1", port: 53 });
    assertEquals([stage.socket.replies.length, stage.resolver.asked.length], [0, 0]);
    assertEquals(stage.counters.reflected, 3);
  },
);

udpTest(
  "UdpListener keeps replies to min(max(512, size), 1232) octets (MSG-15, EDNS-07, TRUNC-01)",
  async (stage) => {
    const sizes = [[0, 512], [100, 512], [512, 512], [1000, 1000], [1232, 1232], [4096, 1232], [
      65_535,
      1232,
    ]];
    for (const [index, [payloadSize, limit]] of sizes.entries()) {
      await stage.ask({ edns: { payloadSize } });
      const fitting = Math.floor((limit - 29 - 11) / 16);
      const length = fitting + index % 2;
      await stage.respond(index, { answers: addressRecords(NAME, length) });
      const isTruncated = (stage.reply.flags & FLAG.TC) !== 0;
      assertEquals(isTruncated, length > fitting, `size ${payloadSize}`);
      assertLessOrEqual(stage.reply.octets.length, limit);
    }
    await stage.ask();
    await stage.respond(sizes.length, { answers: addressRecords(NAME, 40) });
    assertLessOrEqual(stage.reply.octets.length, 512, "without EDNS");
  },
);

udpTest(
  "UdpListener answers a failure with its RCODE and extended errors (EDE-01, 1.9)",
  async (stage) => {
    const query = await stage.ask({ edns: true });
    stage.resolver.fail(0, failure(RCODE.SERVFAIL, [{ code: 22 }, { code: 23, text: "x" }]));
    await settled();
    assertRepliesTo(query, stage.reply);
    assertEquals(stage.reply.rcode, RCODE.SERVFAIL);
    assertEquals(stage.reply.extendedErrors, [{ code: 22, text: "" }, { code: 23, text: "x" }]);
  },
);

udpTest(
  "UdpListener answers SERVFAIL with 24 where the response cannot be read (Q14, C27)",
  async (stage) => {
    await stage.ask({ edns: true });
    const response = buildResponse(stage.asked(0));
    stage.resolver.respond(0, response.subarray(0, response.length - 1));
    await settled();
    assertEquals([stage.reply.rcode, stage.reply.extendedErrors[0].code], [RCODE.SERVFAIL, 24]);
  },
);

/** Data that is not as its type has it, of each kind. */
const MALFORMED_DATA: readonly [string, number, number[]][] = [
  ["an address of three octets", TYPE.A, [192, 0, 2]],
  ["an address of five octets", TYPE.A, [192, 0, 2, 1, 1]],
  ["an IPv6 address of four octets", TYPE.AAAA, [192, 0, 2, 1]],
  ["a server whose name is cut", 33, [0, 1, 0, 1, 0, 53, 3, 0x61]],
  ["a signature whose signer is cut", TYPE.RRSIG, [...new Array(18).fill(0), 7, 0x61]],
  ["a text that is longer than it is", TYPE.TXT, [9, 0x61]],
];

udpTest(
  "A client is told SERVFAIL and Invalid Data for a response with data that is not as its type has it",
  async (stage) => {
    for (const [at, [what, type, data]] of MALFORMED_DATA.entries()) {
      for (const section of ["answers", "authorities", "additionals"]) {
        const records = [{ name: NAME, type, data: Uint8Array.from(data) }];
        await stage.ask({ edns: true, type });
        await stage.respond(stage.resolver.asked.length - 1, { [section]: records });
        const { rcode, extendedErrors, answers } = stage.reply;
        assertEquals([rcode, answers.length], [RCODE.SERVFAIL, 0], `${at} ${what}, ${section}`);
        assertEquals(extendedErrors, [{ code: 24, text: "" }], what);
      }
    }
  },
);

udpTest(
  "A client of loopback is told SERVFAIL with a reason where there is no room for its query, here or further on",
  async (stage) => {
    for (let number = 0; number <= CAPACITY; number++) await stage.ask({ id: number });
    assertEquals([stage.resolver.asked.length, stage.counters.overload], [CAPACITY, 1]);
    assertEquals([stage.reply.id, stage.reply.rcode], [CAPACITY, RCODE.SERVFAIL]);
    stage.resolver.fail(3, OVERLOAD);
    await settled();
    assertEquals([stage.socket.replies.length, stage.counters.overload], [2, 2]);
    assertEquals([stage.reply.id, stage.reply.rcode], [3, RCODE.SERVFAIL]);
    await stage.ask({ id: 99 });
    assertEquals(stage.resolver.asked.length, CAPACITY + 1, "its room is free again");
  },
);

udpTest(
  "Clients beyond loopback are told at most 100 times a second that there is no room",
  async (stage) => {
    for (let number = 0; number < CAPACITY + 150; number++) await stage.ask({ id: number });
    assertEquals([stage.socket.replies.length, stage.counters.overload], [100, 150]);
    assertEquals(stage.reply.rcode, RCODE.SERVFAIL);
  },
  "192.168.1.1",
);

udpTest(
  "UdpListener answers every query with TC at once, if told to",
  async (stage) => {
    const query = await stage.ask({ edns: true });
    assertRepliesTo(query, stage.reply);
    assertEquals([stage.reply.flags & FLAG.TC, stage.reply.answers.length], [FLAG.TC, 0]);
    assertEquals([stage.resolver.asked, stage.counters.truncated], [[], 1]);
  },
  "127.0.0.1",
  { truncate: true },
);

udpTest("UdpListener.stopTaking() takes nothing more; replies still leave", async (stage) => {
  await stage.ask();
  stage.listener.stopTaking();
  await stage.ask({ id: 2 });
  assertEquals([stage.resolver.asked.length, stage.listener.waiting], [1, 1]);
  await stage.respond(0);
  assertEquals([stage.socket.replies.length, stage.listener.waiting], [1, 0]);
});

udpTest("UdpListener goes on after a failed receive(), which it logs", async (stage) => {
  await stage.socket.fail(new Error("no buffer space"));
  assertEquals(stage.lines, ["Cannot receive on 127.0.0.1:53 (UDP): Error: no buffer space"]);
  await stage.clock.pass(100);
  await stage.ask();
  assertEquals(stage.resolver.asked.length, 1);
});

Deno.test("UdpListener.close() closes the socket and ends run()", async () => {
  const stage = new UdpStage();
  await stage.end();
  assertEquals(stage.socket.isClosed, true);
});

Deno.test("UdpListener never throws, never answers a response, and no error is longer than what it answers", async () => {
  const stage = new UdpStage();
  const opt = { options: [{ code: 11, data: new Uint8Array(2) }] };
  const seeds = [
    buildQuery(NAME),
    buildQuery(NAME, { edns: opt, answers: addressRecords("a", 2) }),
  ];
  let answered = 0;
  for (const octets of hostile(31, seeds, 10_000)) {
    const before = stage.socket.replies.length;
    const asked = stage.resolver.asked.length;
    await stage.send(octets);
    if (stage.resolver.asked.length > asked) await stage.respond(asked);
    const made = stage.socket.replies.slice(before);
    assertLessOrEqual(made.length, 1);
    if (octets.length < 12 || octets[2] & 0x80) assertEquals(made, [], "a response is answered");
    else answered += made.length;
    for (const { message } of made) {
      assertEquals([message.id, message.flags & FLAG.QR], [octets[0] * 256 + octets[1], FLAG.QR]);
      const isLocal = stage.resolver.asked.length === asked;
      if (isLocal) assertLessOrEqual(message.octets.length, octets.length);
      else {assertEquals(message.questions, [
          parseMessage(stage.resolver.asked[asked].query).questions[0],
        ]);}
    }
  }
  assert(answered > 2000, `only ${answered} were answered`);
  assertEquals(stage.listener.waiting, 0);
  await stage.end();
});
