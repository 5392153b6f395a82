import { assert, assertEquals } from "@std/assert";
import { OUTGOING_MARGIN, writeOutgoing } from "../../../lib/resolver/upstream/outgoing.ts";
import { Mark } from "../../../lib/resolver/upstream/pending_table.ts";
import { keepalive, optRecord, padding } from "../../helpers/edns.ts";
import { FLAG, type Message, parseMessage, TYPE } from "../../helpers/message.ts";
import { nameOctets, nameOfLength } from "../../helpers/name.ts";
import { addressRecord, buildQuery, type QueryInput } from "../../helpers/query.ts";

function written(query: Uint8Array, name: string, marks = 0, isEncrypted = true): Message {
  const out = new Uint8Array(query.length + OUTGOING_MARGIN).fill(0xee);
  const end = 12 + nameOctets(name).length + 4;
  const length = writeOutgoing(out, query, query.length, end, 0xabcd, marks, isEncrypted);
  return parseMessage(out.slice(0, length));
}

function canonical(name: string, input: QueryInput = {}): Uint8Array {
  return buildQuery(name, { id: 0, edns: true, ...input });
}

Deno.test("writeOutgoing() asks for the idle time in every encrypted query and pads it to 128, with and without DO, for names of 1 to 250 octets (RFC 7828, 3.2.1; RFC 8467, 4.1; KA-04, PAD-01)", () => {
  for (const dnssecOk of [false, true]) {
    for (let length = 1; length <= 250; length++) {
      const name = nameOfLength(length);
      const query = canonical(name, { edns: { dnssecOk } });
      const message = written(query, name);
      const what = `name of ${length} octets`;
      assertEquals(message.octets.length % 128, 0, what);
      assert(message.octets.length - query.length < 128 + 4 + 4, `${what}: no more than needed`);
      const padded = message.octets.length - query.length - 4 - 4;
      assertEquals(message.opts.length, 1, what);
      assertEquals(message.opt, {
        owner: ".",
        payloadSize: 1232,
        extendedRcode: 0,
        version: 0,
        dnssecOk,
        otherFlags: 0,
        options: [keepalive(), padding(padded)],
      });
      assertEquals([message.questions[0].name, message.tailLength], [name, 0], what);
    }
  }
});

Deno.test("writeOutgoing() sends an empty OPT record with DO and payload size where options are refused (RFC 6891, 6.2.2)", () => {
  for (const [marks, payloadSize] of [[0, 1232], [Mark.LARGE, 65_535]]) {
    const query = canonical("www.example", { edns: { dnssecOk: true } });
    const { opt, opts } = written(query, "www.example", marks | Mark.WITHOUT_OPTIONS);
    assertEquals([opts.length, opt?.options, opt?.dnssecOk], [1, [], true]);
    assertEquals(opt?.payloadSize, payloadSize);
  }
  const none = written(canonical("www.example"), "www.example", Mark.WITHOUT_OPTIONS | 1);
  assertEquals(none.opts, [], "no OPT record where that is refused as well");
});

Deno.test("writeOutgoing() has the message ID given and the flags of the query", () => {
  const message = written(canonical("www.example", { flags: FLAG.RD | FLAG.CD }), "www.example");
  assertEquals([message.id, message.flags], [0xabcd, FLAG.RD | FLAG.CD]);
});

Deno.test("writeOutgoing() asks for the idle time on a hop in the clear as well, and does not pad there (RFC 7828, 3.2.1; RFC 7830, 6; KA-04, PAD-01)", () => {
  for (const marks of [0, Mark.LARGE]) {
    const query = canonical("www.example");
    const message = written(query, "www.example", marks, false);
    assertEquals(message.opt?.options, [keepalive()]);
    assertEquals([message.octets.length, message.tailLength], [query.length + 4, 0]);
  }
});

Deno.test("writeOutgoing() leaves EDNS out where the server refused it, with all options (RFC 6891, 6.2.2; EDNS-09)", () => {
  for (const isEncrypted of [false, true]) {
    const message = written(
      canonical("www.example"),
      "www.example",
      Mark.WITHOUT_EDNS,
      isEncrypted,
    );
    assertEquals(message.opts, []);
    assertEquals([message.questions[0].name, message.tailLength], ["www.example", 0]);
  }
});

Deno.test("writeOutgoing() announces 65,535 octets where a response was truncated (Q25)", () => {
  const message = written(canonical("www.example"), "www.example", Mark.LARGE);
  assertEquals([message.opt?.payloadSize, message.octets.length % 128], [65_535, 0]);
});

Deno.test("writeOutgoing() changes nothing but the ID of a signed query or one of type TKEY (RFC 5625, 4.5; TSIG-01, MSG-16)", () => {
  const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(50).fill(7) };
  const queries = [
    buildQuery("www.example", { additionals: [tsig] }),
    buildQuery("www.example", { additionals: [optRecord(), tsig] }),
    buildQuery("www.example", { type: TYPE.TKEY, additionals: [addressRecord("key")], edns: true }),
    buildQuery("www.example", { type: TYPE.TKEY }),
    buildQuery("www.example", { type: TYPE.TKEY, edns: true, flags: 0 }),
  ];
  for (const [number, query] of queries.entries()) {
    for (const marks of [0, Mark.WITHOUT_EDNS, Mark.LARGE]) {
      const { octets } = written(query, "www.example", marks);
      assertEquals(octets, query.with(0, 0xab).with(1, 0xcd), `query ${number}, marks ${marks}`);
    }
  }
});
