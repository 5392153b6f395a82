/** Upstreams that refuse EDNS options, or EDNS (RFC 6891, 6.2.2 and 7). */

import { assertEquals } from "@std/assert";
import { EdnsSupport } from "../../../lib/resolver/upstream/edns_support.ts";
import { type Message, RCODE, TYPE } from "../../helpers/message.ts";
import type { ResponseInput } from "../../helpers/query.ts";
import { UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const HOUR = 3_600_000;
const FORMERR: ResponseInput = { rcode: RCODE.FORMERR };
const DO = { edns: { dnssecOk: true } };
const NAME = "tls://192.0.2.53:853#dns.example";
const OPTIONS_LINE = `warning: Upstream ${NAME} rejects EDNS options: ` +
  "for an hour queries go without padding, so that their length shows, and keepalive";
const EDNS_LINE = `warning: Upstream ${NAME} rejects EDNS: for an hour queries go without ` +
  "DNSSEC records, padding, so that their length shows, and keepalive";
const ACCEPTED_LINE = `info: Upstream ${NAME} accepts EDNS options again`;

/** What of EDNS a query has: all, an empty OPT record, or none. */
function form({ opt }: Message): "all" | "empty" | "none" {
  if (opt === undefined) return "none";
  return opt.options.length > 0 ? "all" : "empty";
}

type Server = (query: Message) => ResponseInput | undefined;

const refusesOptions: Server = (query) => form(query) === "all" ? FORMERR : undefined;
const refusesEdns: Server = (query) =>
  form(query) === "none" ? undefined : { ...FORMERR, edns: false };
const acceptsAll: Server = () => undefined;

/** Asks for a name with DO, and has `server` answer; the forms in which it was asked, and the RCODE. */
async function ask(stage: UpstreamStage, name: string, server: Server, type: number = TYPE.A) {
  const token = await stage.asked(name, { ...DO, type });
  const forms: string[] = [];
  while (stage.recorder.outcome(token) === undefined && forms.length < 9) {
    const query = stage.stream.query(name);
    forms.push(form(query));
    await stage.stream.answer(name, server(query));
  }
  return [...forms, stage.recorder.response(token).rcode].join(" ");
}

function notes(stage: UpstreamStage): string[] {
  return stage.lines.filter((line) => line.includes("EDNS"));
}

upstreamTest(
  "Upstream asks with an empty OPT record, which keeps DO, where options are refused, and does so for an hour",
  async (stage) => {
    assertEquals(await ask(stage, "a.example", refusesOptions), "all empty 0");
    for (const name of ["b.example", "c.example"]) {
      assertEquals(await ask(stage, name, refusesOptions), "empty 0");
    }
    assertEquals(stage.stream.queries.map(({ opt }) => opt?.dnssecOk), [true, true, true, true]);
    await stage.pass(HOUR - 1);
    assertEquals(await ask(stage, "d.example", refusesOptions), "empty 0");
    await stage.pass(1);
    assertEquals(await ask(stage, "e.example", refusesOptions), "all empty 0");
    assertEquals(await ask(stage, "f.example", refusesOptions), "empty 0");
    assertEquals(notes(stage), [OPTIONS_LINE]);
    await stage.pass(HOUR);
    assertEquals(await ask(stage, "g.example", acceptsAll), "all 0");
    assertEquals(notes(stage), [OPTIONS_LINE, ACCEPTED_LINE]);
  },
);

upstreamTest(
  "Upstream asks without EDNS for an hour where two names in a row were refused with any OPT record",
  async (stage) => {
    assertEquals(await ask(stage, "a.example", refusesEdns), "all empty none 0");
    assertEquals(await ask(stage, "b.example", refusesEdns), "all empty none 0");
    assertEquals(await ask(stage, "c.example", refusesEdns), "none 0");
    assertEquals(notes(stage), [EDNS_LINE]);
    await stage.pass(HOUR);
    assertEquals(await ask(stage, "d.example", refusesEdns), "all empty none 0");
    assertEquals(await ask(stage, "e.example", refusesEdns), "none 0");
    assertEquals(notes(stage), [EDNS_LINE]);
  },
);

upstreamTest(
  "Upstream changes nothing for other names where one is refused, however often (EDNS-09, 0.8)",
  async (stage) => {
    const refusesOne: Server = (query) =>
      query.questions[0].name.toLowerCase() === "old.example" ? refusesEdns(query) : undefined;
    for (const name of ["old.example", "OLD.example"]) {
      for (const type of [TYPE.A, TYPE.AAAA]) {
        assertEquals(await ask(stage, name, refusesOne, type), "all empty none 0");
      }
    }
    for (const name of ["new.example", "newer.example"]) {
      assertEquals(await ask(stage, name, refusesOne), "all 0");
      assertEquals(await ask(stage, "old.example", refusesOne), "all empty none 0");
    }
    assertEquals(notes(stage), []);
  },
);

upstreamTest(
  "Upstream that has accepted options goes without them after two names only",
  async (stage) => {
    assertEquals(await ask(stage, "a.example", acceptsAll), "all 0");
    assertEquals(await ask(stage, "b.example", refusesOptions), "all empty 0");
    assertEquals(await ask(stage, "c.example", acceptsAll), "all 0");
    assertEquals(await ask(stage, "d.example", refusesOptions), "all empty 0");
    assertEquals(await ask(stage, "e.example", refusesOptions), "all empty 0");
    assertEquals(await ask(stage, "f.example", refusesOptions), "empty 0");
    assertEquals(notes(stage), [OPTIONS_LINE]);
  },
);

upstreamTest(
  "Upstream learns nothing of EDNS from errors that come in whatever form it asks",
  async (stage) => {
    for (const edns of [false, {}] as const) {
      const always: Server = () => ({ ...FORMERR, edns });
      for (const name of ["a.example", "b.example", "c.example"]) {
        assertEquals(await ask(stage, name, always), "all empty none 1");
      }
    }
    const never: Server = () => ({ rcode: RCODE.NOTIMP, edns: false });
    for (const name of ["d.example", "e.example"]) {
      assertEquals(await ask(stage, name, never), "all none 4");
    }
    const unlikely: Server = (query) => form(query) === "all" ? FORMERR : { rcode: RCODE.REFUSED };
    for (const name of ["f.example", "g.example"]) {
      assertEquals(await ask(stage, name, unlikely), "all empty 5");
    }
    assertEquals(await ask(stage, "h.example", acceptsAll), "all 0");
    assertEquals(notes(stage), []);
  },
);

upstreamTest(
  "Upstream asks without EDNS a server that says NOTIMP, BADVERS or SERVFAIL to it, and remembers that",
  async () => {
    const refusals: ResponseInput[] = [
      { rcode: RCODE.NOTIMP, edns: false },
      { rcode: RCODE.BADVERS, answers: [] },
      { rcode: RCODE.SERVFAIL, edns: false },
    ];
    for (const refusal of refusals) {
      const stage = new UpstreamStage();
      const server: Server = (query) => form(query) === "none" ? undefined : refusal;
      assertEquals(await ask(stage, "a.example", server), "all none 0");
      assertEquals(await ask(stage, "b.example", server), "all none 0");
      assertEquals(await ask(stage, "c.example", server), "none 0");
      assertEquals(notes(stage), [EDNS_LINE]);
      await stage.end();
    }
  },
);

upstreamTest(
  "Upstream asks once where a server that knows EDNS says SERVFAIL, with an OPT record or without",
  async (stage) => {
    const fails: Server = () => ({ rcode: RCODE.SERVFAIL });
    assertEquals(await ask(stage, "a.example", fails), "all 2");
    assertEquals(await ask(stage, "b.example", acceptsAll), "all 0");
    const bare: Server = () => ({ rcode: RCODE.SERVFAIL, edns: false });
    assertEquals(await ask(stage, "c.example", bare), "all 2");
  },
);

upstreamTest(
  "Upstream sends a query three times at most where a connection is lost and EDNS is refused (RFC 9520, 3.1)",
  async (stage) => {
    const token = await stage.asked("a.example");
    await stage.stream.end();
    await stage.pass(400);
    await stage.stream.answer("a.example", { ...FORMERR, edns: false });
    assertEquals(form(stage.stream.query("a.example")), "none", "the last try is the surest");
    await stage.stream.answer("a.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
    assertEquals(stage.streams.map(({ queries }) => queries.length), [1, 2]);
  },
);

upstreamTest(
  "Upstream forgets what was refused when the network changes, and says only what is new",
  async (stage) => {
    for (const name of ["a.example", "b.example"]) {
      assertEquals(await ask(stage, name, refusesOptions), "all empty 0");
      assertEquals(notes(stage), [OPTIONS_LINE]);
      stage.upstream.renew();
      await stage.pass(300);
    }
    assertEquals(await ask(stage, "c.example", acceptsAll), "all 0");
    assertEquals(await ask(stage, "d.example", acceptsAll), "all 0");
    assertEquals(notes(stage), [OPTIONS_LINE, ACCEPTED_LINE]);
  },
);

upstreamTest(
  "Upstream leaves signed queries as they are where EDNS is refused (TSIG-01)",
  async (stage) => {
    assertEquals(await ask(stage, "a.example", refusesOptions), "all empty 0");
    const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(40) };
    const token = await stage.asked("b.example", { edns: { dnssecOk: true }, additionals: [tsig] });
    const query = stage.stream.query("b.example");
    assertEquals([query.opts.length, query.additionals.length], [1, 1]);
    await stage.stream.answer("b.example", FORMERR);
    assertEquals(stage.recorder.response(token).rcode, RCODE.FORMERR);
  },
);

Deno.test("Upstreams that share what they know of EDNS learn and say it once", async () => {
  const edns = new EdnsSupport();
  const [one, two] = [new UpstreamStage({ edns }), new UpstreamStage({ edns })];
  assertEquals(await ask(one, "a.example", refusesOptions), "all empty 0");
  assertEquals(await ask(two, "b.example", refusesOptions), "empty 0");
  assertEquals([notes(one), notes(two)], [[OPTIONS_LINE], []]);
  await one.end();
  await two.end();
});

upstreamTest(
  "Upstream without encryption says nothing of padding, which it never sends",
  async (stage) => {
    assertEquals(await ask(stage, "a.example", refusesOptions), "all empty 0");
    assertEquals(notes(stage), [
      `warning: Upstream ${NAME} rejects EDNS options: for an hour queries go without keepalive`,
    ]);
  },
  { isEncrypted: false },
);
