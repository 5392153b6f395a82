import { assertEquals, assertStrictEquals } from "@std/assert";
import { Coalescer } from "../../lib/resolver/coalescer.ts";
import { failure, OVERLOAD, type Remember } from "../../lib/resolver/failure.ts";
import { extendedErrorOption } from "../helpers/edns.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { FLAG, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { addressRecords, buildQuery, buildResponse, type QueryInput } from "../helpers/query.ts";
import { nameOfLength } from "../helpers/name.ts";
import { asToken, errorsOf, FakeResolver, Recorder } from "./recorder.ts";

const CAPACITY = 8;
const NAME = "www.example";

function canonical(name = NAME, input: QueryInput = {}): Uint8Array<ArrayBuffer> {
  return buildQuery(name, { id: 0, edns: true, ...input });
}

function start() {
  const inner = new FakeResolver();
  const clock = new FakeClock();
  const coalescer = new Coalescer(inner, { capacity: CAPACITY, clock });
  const recorder = new Recorder();
  let last = 0;
  const ask = (query = canonical(), requester = recorder) => {
    coalescer.resolve(query, requester, asToken(++last));
    return last;
  };
  return { inner, clock, coalescer, recorder, ask };
}

const FAILURE = failure(RCODE.SERVFAIL, []);

Deno.test("Coalescer asks once for equal questions and tells all requesters the response (RFC 5452, 5; RFC 9520, 2.3; D4)", () => {
  const { inner, coalescer, recorder, ask } = start();
  const tokens = [ask(), ask(), ask()];
  assertEquals([inner.asked.length, coalescer.counters.joined], [1, 2]);
  assertEquals(inner.asked[0].query, canonical());
  const response = buildResponse(parseMessage(inner.asked[0].query));
  inner.respond(0, response);
  for (const token of tokens) assertEquals(recorder.outcome(token)?.response, response);
});

Deno.test("Coalescer tells all requesters the failure, each once", () => {
  const { inner, recorder, ask } = start();
  const tokens = [ask(), ask(), ask()];
  inner.fail(0, FAILURE);
  for (const token of tokens) assertStrictEquals(recorder.failure(token), FAILURE);
});

Deno.test("Coalescer tells requesters the outcome in the order in which they asked", () => {
  const { inner, recorder, ask } = start();
  const tokens = [ask(), ask(), ask()];
  inner.respond(0, buildResponse(parseMessage(inner.asked[0].query)));
  tokens.push(ask(), ask(), ask());
  inner.fail(1, FAILURE);
  assertEquals(recorder.order, tokens);
});

Deno.test("Coalescer tells each requester under its own token", () => {
  const { inner, ask } = start();
  const [one, other] = [new Recorder(), new Recorder()];
  const [first, second] = [ask(canonical(), one), ask(canonical(), other)];
  inner.fail(0, FAILURE);
  assertEquals([one.order, other.order], [[first], [second]]);
});

Deno.test("Coalescer joins names that differ in case, and sends the spelling of the first (RFC 4343; Q11)", () => {
  const { inner, ask } = start();
  ask(canonical("Www.EXAMPLE"));
  ask(canonical("wWW.example"));
  assertEquals(inner.asked.map(({ query }) => parseMessage(query).questions[0].name), [
    "Www.EXAMPLE",
  ]);
});

Deno.test("Coalescer joins no questions that differ in name, type, class, RD, AD, CD or DO (Q5; D5)", () => {
  const queries = [
    canonical(),
    canonical("wwx.example"),
    canonical("www.example.x"),
    canonical(NAME, { type: TYPE.AAAA }),
    canonical(NAME, { class: 3 }),
    canonical(NAME, { flags: 0 }),
    canonical(NAME, { flags: FLAG.RD | FLAG.AD }),
    canonical(NAME, { flags: FLAG.RD | FLAG.CD }),
  ];
  const { inner, ask } = start();
  for (const query of queries) ask(query);
  assertEquals(inner.asked.map(({ query }) => query), queries);
  const others = start();
  others.ask(canonical());
  others.ask(canonical(NAME, { edns: { dnssecOk: true } }));
  assertEquals(others.inner.asked.length, 2);
});

Deno.test("Coalescer joins names of 255 octets that differ in the last one only if that is a letter's case", () => {
  const { inner, ask } = start();
  const name = nameOfLength(255);
  ask(canonical(name));
  ask(canonical(name.slice(0, -1) + "N"));
  ask(canonical(name.slice(0, -1) + "m"));
  assertEquals(inner.asked.length, 2);
});

Deno.test("Coalescer asks again once the outcome is there", () => {
  const { inner, recorder, ask } = start();
  const first = ask();
  inner.fail(0, FAILURE);
  const second = ask();
  assertEquals([inner.asked.length, recorder.order], [2, [first]]);
  inner.fail(1, FAILURE);
  assertEquals(recorder.order, [first, second]);
});

Deno.test("Coalescer passes signed queries on unjoined, under the requester's own token (TSIG-01, Q5)", () => {
  const { inner, coalescer, recorder, ask } = start();
  const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(40) };
  const signed = buildQuery(NAME, { additionals: [tsig] });
  const tokens = [ask(signed), ask(signed)];
  assertEquals([inner.asked.length, coalescer.counters.joined], [2, 0]);
  assertEquals(inner.asked.map(({ token }) => token as number), tokens);
  assertStrictEquals(inner.asked[0].requester, recorder);
});

Deno.test("Coalescer fails what finds no room, and nothing else", () => {
  const { inner, recorder, ask } = start();
  const tokens = Array.from({ length: CAPACITY }, (_, at) => ask(canonical(`n${at >> 1}.example`)));
  const surplus = [ask(canonical("n0.example")), ask(canonical("new.example"))];
  assertEquals(recorder.order, surplus);
  for (const token of surplus) assertStrictEquals(recorder.failure(token), OVERLOAD);
  for (let index = 0; index < CAPACITY / 2; index++) inner.fail(index, FAILURE);
  assertEquals(recorder.order.length, CAPACITY + 2);
  for (const token of tokens) assertStrictEquals(recorder.failure(token), FAILURE);
  ask(canonical("new.example"));
  assertEquals(inner.asked.length, CAPACITY / 2 + 1, "there is room again");
});

Deno.test("Coalescer takes an outcome that comes while it asks", () => {
  const { inner, recorder, ask } = start();
  inner.onQuery = ({ requester, token }) => requester.fail(token, FAILURE);
  for (let count = 0; count < 3 * CAPACITY; count++) ask();
  assertEquals([inner.asked.length, recorder.order.length], [3 * CAPACITY, 3 * CAPACITY]);
});

Deno.test("Coalescer starts a new question if a requester asks again on hearing the outcome", () => {
  const { inner, coalescer, recorder } = start();
  const query = canonical();
  const again = {
    respond: () => coalescer.resolve(query, recorder, asToken(100)),
    fail: () => coalescer.resolve(query, recorder, asToken(200)),
  };
  coalescer.resolve(query, again, asToken(1));
  coalescer.resolve(query, again, asToken(2));
  coalescer.resolve(query, recorder, asToken(3));
  inner.fail(0, FAILURE);
  assertEquals([recorder.order, inner.asked.length], [[3], 2], "both wait for one new query");
  inner.respond(1, buildResponse(parseMessage(query)));
  assertEquals(recorder.order, [3, 200, 200]);
});

Deno.test("Coalescer has a large response at hand for a second, for a client that comes back over TCP (TRUNC-03)", () => {
  const { inner, clock, recorder, ask } = start();
  const answers = addressRecords(NAME, 60);
  ask(canonical("Www.Example"));
  const response = buildResponse(parseMessage(inner.asked[0].query), { answers });
  inner.respond(0, response);
  clock.advance(999);
  const again = ask(canonical());
  assertEquals([recorder.outcome(again)?.response, inner.asked.length], [response, 1]);
  ask(canonical(NAME, { edns: { dnssecOk: true } }));
  assertEquals(inner.asked.length, 2, "another question is asked");
  clock.advance(1);
  ask(canonical());
  assertEquals(inner.asked.length, 3, "after a second it is asked again");
});

Deno.test("Coalescer keeps no response that fits every client", () => {
  const { inner, ask } = start();
  ask();
  inner.respond(0, buildResponse(parseMessage(inner.asked[0].query)));
  ask();
  assertEquals(inner.asked.length, 2);
});

function lost(remember: Remember) {
  return failure(RCODE.SERVFAIL, [{ code: 23, text: "lost" }], remember);
}

Deno.test("Coalescer asks nothing again that has just failed, and says so (RFC 9520, 3.2; RFC 8914, 4.14; CACHE-06)", () => {
  const { inner, clock, coalescer, recorder, ask } = start();
  ask(canonical("Www.Example"));
  const answers = { rcode: RCODE.SERVFAIL, edns: { options: [extendedErrorOption(6, "bogus")] } };
  inner.respond(0, buildResponse(parseMessage(inner.asked[0].query), answers));
  const again = Array.from({ length: 100 }, () => ask());
  assertEquals([inner.asked.length, coalescer.counters.failedAgain], [1, 100]);
  for (const token of again) {
    const told = recorder.failure(token);
    assertEquals(told.rcode, RCODE.SERVFAIL);
    assertEquals(errorsOf(told), [{ code: 13, text: "" }, { code: 6, text: "bogus" }]);
  }
  ask(canonical(NAME, { flags: FLAG.RD | FLAG.CD }));
  assertEquals(inner.asked.length, 2, "another question is asked");
  clock.advance(1000);
  ask();
  ask();
  assertEquals(inner.asked.length, 3, "after a second it is asked again, once");
});

Deno.test("Coalescer asks a question that failed once more after it was answered", () => {
  const { inner, clock, ask } = start();
  const respond = (index: number, rcode: number) =>
    inner.respond(index, buildResponse(parseMessage(inner.asked[index].query), { rcode }));
  ask();
  respond(0, RCODE.SERVFAIL);
  clock.advance(1000);
  ask();
  respond(1, RCODE.NOERROR);
  ask();
  respond(2, RCODE.SERVFAIL);
  clock.advance(1000);
  ask();
  assertEquals(inner.asked.length, 4, "a second is enough again");
});

Deno.test("Coalescer asks again what the upstream does not implement, and takes that for the end of a failure", () => {
  const { inner, clock, recorder, ask } = start();
  const respond = (rcode: number) =>
    inner.respond(
      inner.asked.length - 1,
      buildResponse(parseMessage(inner.asked[0].query), { rcode }),
    );
  const any = () => ask(canonical(NAME, { type: TYPE.ANY }));
  for (let count = 1; count <= 3; count++) {
    const token = any();
    respond(RCODE.NOTIMP);
    assertEquals([recorder.response(token).rcode, inner.asked.length], [RCODE.NOTIMP, count]);
  }
  for (const rcode of [RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.SERVFAIL]) {
    any();
    respond(rcode);
    clock.advance(1000);
  }
  any();
  assertEquals(inner.asked.length, 7, "a second is enough again");
});

Deno.test("Coalescer remembers a question without response as its failure says (RFC 9520, 3.2; Q21)", () => {
  for (const remember of ["never", "briefly", "longer"] as const) {
    const { inner, recorder, ask } = start();
    ask();
    inner.fail(0, lost(remember));
    const again = ask();
    assertEquals(inner.asked.length, remember === "never" ? 2 : 1, remember);
    if (remember === "never") continue;
    const errors = errorsOf(recorder.failure(again));
    assertEquals(errors, [{ code: 13, text: "" }, { code: 23, text: "lost" }]);
    ask(canonical("other.example"));
    inner.respond(1, buildResponse(parseMessage(inner.asked[1].query), { rcode: RCODE.SERVFAIL }));
    ask();
    assertEquals(inner.asked.length, remember === "briefly" ? 3 : 2, `${remember}, upstream alive`);
  }
});

Deno.test("Coalescer lets signed queries pass though the question failed (TSIG-01)", () => {
  const { inner, ask } = start();
  ask();
  inner.fail(0, lost("longer"));
  const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(40) };
  ask(buildQuery(NAME, { additionals: [tsig] }));
  assertEquals(inner.asked.length, 2);
});

Deno.test("A large response with malformed data is not kept for the client that comes back", () => {
  const { inner, ask } = start();
  ask();
  const short = { name: NAME, type: TYPE.A, data: Uint8Array.of(192, 0, 2) };
  const answers = [...addressRecords(NAME, 40), short];
  inner.respond(0, buildResponse(parseMessage(inner.asked[0].query), { answers }));
  ask();
  assertEquals(inner.asked.length, 2);
});
