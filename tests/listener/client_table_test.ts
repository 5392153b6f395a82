import { assertEquals } from "@std/assert";
import { ReplyTo } from "../../lib/dns/reply.ts";
import { Admission } from "../../lib/listener/admission.ts";
import { ClientTable, fillReplyTo } from "../../lib/listener/client_table.ts";
import { OPTION } from "../helpers/edns.ts";
import { FLAG, TYPE } from "../helpers/message.ts";
import { nameOctets, nameOfLength } from "../helpers/name.ts";
import { buildQuery, type QueryInput } from "../helpers/query.ts";

function admitted(query: Uint8Array): Admission {
  const admission = new Admission();
  admission.read(query, true);
  return admission;
}

/** What a table keeps of a query, and of what. */
function kept(name: string, input: QueryInput): ReplyTo {
  const query = buildQuery(name, input);
  const table = new ClientTable(2);
  const slot = table.add(query, admitted(query), 1000, 0);
  query.fill(0xee);
  const to = new ReplyTo();
  table.fill(slot, to);
  return to;
}

const KEEPALIVE = { options: [{ code: OPTION.KEEPALIVE, data: new Uint8Array() }] };
const TSIG = { name: "key", type: TYPE.TSIG, data: new Uint8Array(30) };

Deno.test("ClientTable keeps all that a reply depends on, as a copy", () => {
  for (const name of [".", "Www.Example", nameOfLength(255)]) {
    const input = { id: 0xfffe, flags: FLAG.RD | FLAG.CD, edns: { dnssecOk: true } };
    const to = kept(name, input);
    const end = 12 + nameOctets(name).length + 4;
    assertEquals([to.id, to.flags, to.questionEnd], [0xfffe, FLAG.RD | FLAG.CD, end]);
    assertEquals(to.query.slice(0, end), buildQuery(name, input).slice(0, end));
    assertEquals([to.limit, to.hasOpt, to.isDnssecOk], [1000, true, true]);
    assertEquals([to.isOpaque, to.keepalive], [false, -1]);
  }
});

Deno.test("ClientTable keeps the traits of a query apart", () => {
  const cases: [string, QueryInput, boolean[]][] = [
    ["plain", {}, [false, false, false, false]],
    ["EDNS", { edns: true }, [true, false, false, false]],
    ["DO", { edns: { dnssecOk: true } }, [true, true, false, false]],
    ["signed", { additionals: [TSIG] }, [false, false, true, false]],
    ["keepalive", { edns: KEEPALIVE }, [true, false, false, true]],
  ];
  for (const [what, input, expected] of cases) {
    const { hasOpt, isDnssecOk, isOpaque, keepalive } = kept("www.example", input);
    assertEquals([hasOpt, isDnssecOk, isOpaque, keepalive >= 0], expected, what);
  }
});

Deno.test("ClientTable.fill() leaves nothing of the client before", () => {
  const table = new ClientTable(2);
  const to = new ReplyTo();
  for (const input of [{ edns: { dnssecOk: true, ...KEEPALIVE } }, {}]) {
    const query = buildQuery("www.example", input);
    table.fill(table.add(query, admitted(query), 512, 0), to);
  }
  assertEquals([to.hasOpt, to.isDnssecOk, to.isOpaque, to.keepalive], [false, false, false, -1]);
});

Deno.test("ClientTable.add() is -1 while the table is full; release() makes room", () => {
  const table = new ClientTable(2);
  const query = buildQuery("www.example");
  const add = () => table.add(query, admitted(query), 512, 0);
  const [first, second] = [add(), add()];
  assertEquals([add(), table.size], [-1, 2]);
  table.release(first);
  assertEquals([table.size, add(), add()], [1, first, -1]);
  table.release(second);
});

Deno.test("ClientTable.isSame() compares ID, flags, question and counts (Q5)", () => {
  const table = new ClientTable(2);
  const base = { id: 7 };
  const query = buildQuery("www.example", base);
  const slot = table.add(query, admitted(query), 512, 0);
  const cases: [string, Uint8Array, boolean][] = [
    ["the same", buildQuery("www.example", base), true],
    ["another ID", buildQuery("www.example", { id: 8 }), false],
    ["another flag", buildQuery("www.example", { ...base, flags: 0 }), false],
    ["another case", buildQuery("wWw.example", base), false],
    ["another type", buildQuery("www.example", { ...base, type: 28 }), false],
    ["a longer name", buildQuery("www.example.x", base), false],
    ["with EDNS", buildQuery("www.example", { ...base, edns: true }), false],
  ];
  for (const [what, other, expected] of cases) {
    assertEquals(table.isSame(slot, other, admitted(other).questionEnd), expected, what);
  }
});

Deno.test("fillReplyTo() has what ClientTable would have kept, for a reply at once", () => {
  const query = buildQuery("www.example", { id: 7, edns: { dnssecOk: true } });
  const [direct, table, to] = [new ReplyTo(), new ClientTable(1), new ReplyTo()];
  fillReplyTo(direct, query, admitted(query), 512);
  table.fill(table.add(query, admitted(query), 512, 0), to);
  const told = (of: ReplyTo) => ({ ...of, query: of.query.slice(0, of.questionEnd) });
  assertEquals(told(direct), told(to));
});
