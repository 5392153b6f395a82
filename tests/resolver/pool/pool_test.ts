/** Several upstreams as one (E2, B8, Q13, Q22). */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { failure, OVERLOAD } from "../../../lib/resolver/failure.ts";
import { FLAG, parseMessage, RCODE, TYPE } from "../../helpers/message.ts";
import { addressRecord, buildResponse } from "../../helpers/query.ts";
import { errorsOf } from "../recorder.ts";
import { DEADLINE, PoolStage, TICK } from "./pool_stage.ts";

const UNREACHABLE = failure(RCODE.SERVFAIL, [{ code: 23, text: "connection refused" }]);

function poolTest(what: string, run: (stage: PoolStage) => void): void {
  Deno.test(what, () => {
    const stage = new PoolStage();
    run(stage);
    stage.end();
  });
}

poolTest("Pool asks the first upstream only, as long as that is well", (stage) => {
  const [one, two] = stage.upstreams;
  const tokens = [stage.ask("a.example"), stage.ask("b.example")];
  one.answer(1);
  one.answer(0);
  assertEquals([one.names, two.names], [["a.example", "b.example"], []]);
  assertEquals(stage.recorder.order, [tokens[1], tokens[0]]);
});

poolTest(
  "Pool asks the next upstream what one fails, and passes its answer on (RFC 9520, 3.1)",
  (stage) => {
    const [one, two] = stage.upstreams;
    const token = stage.ask();
    one.fail(0, UNREACHABLE);
    assertEquals(two.names, ["www.example"]);
    two.answer(0);
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

poolTest(
  "Pool asks the next upstream what one answers with SERVFAIL or REFUSED, and holds that against none (Q13, Q22)",
  (stage) => {
    const [one, two] = stage.upstreams;
    for (const rcode of [RCODE.SERVFAIL, RCODE.REFUSED]) {
      const token = stage.ask();
      one.answer(one.asked.length - 1, { rcode });
      two.answer(two.asked.length - 1);
      assertEquals(stage.recorder.response(token).rcode, 0);
    }
    stage.ask("later.example");
    assertEquals(one.names.at(-1), "later.example");
  },
);

poolTest(
  "Pool asks the next upstream where the response of one is malformed, and says so where all are",
  (stage) => {
    const [one, two] = stage.upstreams;
    const cut = (index: number) => {
      const { query } = one.asked[index];
      const whole = buildResponse(parseMessage(query), { answers: [addressRecord("www.example")] });
      return whole.subarray(0, whole.length - 7);
    };
    const first = stage.ask();
    one.respond(0, cut(0));
    two.answer(0);
    assertEquals(stage.recorder.response(first).rcode, 0);
    const second = stage.ask();
    one.respond(1, cut(1));
    two.respond(1, cut(1));
    assertEquals(errorsOf(stage.recorder.failure(second)), [{ code: 24, text: "" }]);
  },
);

poolTest(
  "The next upstream is asked where the data in a response of one is not as its type has it",
  (stage) => {
    const [one, two] = stage.upstreams;
    const token = stage.ask();
    const answers = [{ name: "www.example", type: 28, data: Uint8Array.of(192, 0, 2, 1) }];
    one.respond(0, buildResponse(parseMessage(one.asked[0].query), { answers }));
    two.answer(0);
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

poolTest(
  "Pool passes on as it is whatever answers a signed query, and asks nobody else (RFC 5625, 4.5; TSIG-01)",
  (stage) => {
    const [one, two] = stage.upstreams;
    const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(40) };
    for (const rcode of [RCODE.FORMERR, RCODE.SERVFAIL, RCODE.REFUSED]) {
      const token = stage.ask("www.example", { edns: false, additionals: [tsig] });
      one.answer(one.asked.length - 1, { rcode, additionals: [tsig] });
      const { rcode: told, additionals } = stage.recorder.response(token);
      assertEquals([told, additionals.length], [rcode, 1]);
    }
    assertEquals(two.names, []);
  },
);

poolTest(
  "Pool passes NXDOMAIN on as the answer that it is",
  (stage) => {
    const [one, two] = stage.upstreams;
    const token = stage.ask();
    one.answer(0, { rcode: RCODE.NXDOMAIN });
    assertEquals([stage.recorder.response(token).rcode, two.names], [RCODE.NXDOMAIN, []]);
  },
);

poolTest(
  "Pool tells what a server said rather than that another could not be reached",
  (stage) => {
    const [one, two] = stage.upstreams;
    const token = stage.ask();
    one.answer(0, { rcode: RCODE.REFUSED });
    two.fail(0, UNREACHABLE);
    assertEquals(stage.recorder.failure(token).rcode, RCODE.REFUSED);
  },
);

poolTest("Pool fails with the last reason once all have failed", (stage) => {
  const [one, two] = stage.upstreams;
  const token = stage.ask();
  one.fail(0, failure(RCODE.SERVFAIL, []));
  two.fail(0, UNREACHABLE);
  assertStrictEquals(stage.recorder.failure(token), UNREACHABLE);
});

poolTest(
  "Pool asks the second upstream what waits at one that has fallen silent, and prefers it from then on (E2)",
  (stage) => {
    const [one, two] = stage.upstreams;
    const tokens = [stage.ask("a.example"), stage.ask("b.example")];
    stage.clock.advance(1000);
    assertEquals(two.names, [], "slow is not silent");
    one.state = "silent";
    stage.clock.advance(TICK);
    assertEquals(two.names, ["a.example", "b.example"]);
    two.answer(0);
    two.answer(1);
    assertEquals(stage.recorder.answered, tokens);
    stage.ask("c.example");
    assertEquals([one.names.length, two.names.at(-1)], [2, "c.example"]);
    two.answer(2);
  },
);

poolTest("Pool takes the answer of a silent upstream if it comes first", (stage) => {
  const [one, two] = stage.upstreams;
  const token = stage.ask();
  one.state = "silent";
  stage.clock.advance(TICK);
  one.answer(0);
  assertEquals(stage.recorder.response(token).rcode, 0);
  two.answer(0, { rcode: RCODE.NXDOMAIN });
  assertEquals(stage.recorder.response(token).rcode, 0, "the later one is ignored");
});

poolTest(
  "Pool sends one query in ten seconds to a suspect as well, and returns to it once it answers (E2)",
  (stage) => {
    const [one, two] = stage.upstreams;
    one.refuse();
    const ask = () => {
      stage.ask();
      two.answer(two.asked.length - 1);
      stage.clock.advance(1000);
    };
    for (let count = 0; count < 30; count++) ask();
    assertEquals([one.asked.length, two.asked.length], [2, 30]);
    one.onQuery = undefined;
    one.state = "well";
    for (let count = 0; count < 10; count++) ask();
    assertEquals(one.asked.length, 3);
    one.answer(2);
    stage.ask("later.example");
    assertEquals([one.names.at(-1), two.asked.length], ["later.example", 40]);
    assertEquals(stage.lines, [
      "warning: Switching from upstream one to two",
      "info: Upstream one works again: switching back from two",
    ]);
  },
);

poolTest("Pool says nothing of a moment of silence", (stage) => {
  const [one] = stage.upstreams;
  stage.ask();
  one.state = "silent";
  stage.clock.advance(TICK);
  one.answer(0);
  assertEquals(stage.lines, []);
});

poolTest("Pool fails at once while all upstreams do, each asked once (Q21)", (stage) => {
  for (const upstream of stage.upstreams) upstream.refuse();
  const tokens = [stage.ask(), stage.ask()];
  assertEquals(stage.recorder.order, tokens);
  assertEquals(errorsOf(stage.recorder.failure(tokens[0]))[0].code, 22);
  assertEquals(stage.upstreams.map(({ asked }) => asked.length), [2, 2]);
});

poolTest(
  "Pool asks an upstream that works again for what it failed before, while that waits at one that is gone",
  (stage) => {
    const [one, two] = stage.upstreams;
    one.refuse();
    two.state = "failing";
    const token = stage.ask("waiting.example");
    assertEquals([one.names, two.names], [["waiting.example"], ["waiting.example"]]);
    one.state = "well";
    one.onQuery = undefined;
    stage.ask("probe.example");
    one.answer(1);
    stage.clock.advance(TICK);
    assertEquals(one.names.at(-1), "waiting.example");
    one.answer(2);
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

poolTest("Pool asks another suspect after a second where all are suspects", (stage) => {
  const [one, two] = stage.upstreams;
  for (const upstream of stage.upstreams) upstream.state = "silent";
  stage.ask("first.example");
  stage.clock.advance(100);
  stage.ask();
  assertEquals([one.names.at(-1), two.names.includes("www.example")], ["www.example", false]);
  stage.clock.advance(1000);
  assertEquals(two.names.includes("www.example"), true);
});

poolTest(
  "Pool fails a query 4.5 s after it came, wherever it has been (Q4)",
  (stage) => {
    const [one] = stage.upstreams;
    const token = stage.ask();
    stage.clock.advance(3000);
    one.fail(0, UNREACHABLE);
    stage.clock.advance(DEADLINE - 3000 - 1);
    assertEquals(stage.recorder.outcome(token), undefined);
    stage.clock.advance(1 + TICK);
    assertEquals(stage.recorder.failure(token).rcode, RCODE.SERVFAIL);
  },
);

poolTest("Pool does not ask anybody else when there is no time left", (stage) => {
  const [one, two] = stage.upstreams;
  const token = stage.ask();
  stage.clock.advance(DEADLINE - 200);
  one.fail(0, UNREACHABLE);
  assertEquals([two.names, stage.recorder.failure(token)], [[], UNREACHABLE]);
});

poolTest("Pool fails what finds no room, and nothing else", (stage) => {
  const tokens = Array.from({ length: 101 }, (_, at) => stage.ask(`n${at}.example`));
  assertEquals(stage.recorder.order, [tokens[100]]);
  assertStrictEquals(stage.recorder.failure(tokens[100]), OVERLOAD);
});

poolTest("Pool gives late outcomes to nobody, though the place is used again", (stage) => {
  const [one, two] = stage.upstreams;
  stage.ask("old.example");
  one.state = "silent";
  stage.clock.advance(TICK);
  two.answer(0);
  const token = stage.ask("new.example");
  one.answer(0);
  one.fail(0, UNREACHABLE);
  assertEquals(stage.recorder.outcome(token), undefined);
  two.answer(1);
  assertEquals(stage.recorder.response(token).questions[0].name, "new.example");
});

Deno.test("Pool with the policy balance asks the quicker of two, counting what waits there", () => {
  const stage = new PoolStage("balance");
  const [one, two] = stage.upstreams;
  [one.responseTime, two.responseTime] = [20, 10];
  stage.ask();
  assertEquals([one.asked.length, two.asked.length], [0, 1]);
  two.pending = 3;
  stage.ask();
  assertEquals([one.asked.length, two.asked.length], [1, 1]);
  one.state = "failing";
  stage.ask();
  assertEquals([one.asked.length, two.asked.length], [1, 2], "never one that is not well");
  stage.end();
});

Deno.test("Pool with the policy race asks two at once, takes the first good answer, and sends half as much again at most", () => {
  const stage = new PoolStage("race");
  const [one, two] = stage.upstreams;
  const token = stage.ask();
  assertEquals([one.asked.length, two.asked.length], [1, 1]);
  one.answer(0, { rcode: RCODE.SERVFAIL });
  assertEquals(stage.recorder.outcome(token), undefined, "SERVFAIL does not win");
  two.answer(0);
  assertEquals(stage.recorder.response(token).rcode, 0);
  for (let count = 1; count < 100; count++) stage.ask();
  assertEquals(one.asked.length + two.asked.length, 151);
  stage.end();
});

Deno.test("Pool gives each query exactly one outcome, whatever its upstreams do", () => {
  let seed = 1;
  const below = (limit: number) => (seed = (seed * 48271) % 0x7fffffff) % limit;
  for (const policy of ["failover", "balance", "race"] as const) {
    const stage = new PoolStage(policy, ["one", "two", "three"], () => below(1000) / 1000);
    const done = stage.upstreams.map(() => 0);
    for (let step = 0; step < 2000; step++) {
      stage.ask(`n${step}.example`);
      const at = below(3);
      const upstream = stage.upstreams[at];
      if (below(20) === 0) upstream.state = (["well", "silent", "failing"] as const)[below(3)];
      while (below(5) > 0 && done[at] < upstream.asked.length) {
        if (below(5) === 0) upstream.doubt(done[at]);
        const index = done[at]++;
        const moreFlags = below(5) === 0 ? FLAG.TC : 0;
        if (below(4) === 0) upstream.fail(index, UNREACHABLE);
        else upstream.answer(index, { rcode: [0, 0, 2, 3, 4, 5, 9][below(7)], moreFlags });
      }
      stage.clock.advance(below(100));
    }
    stage.end();
  }
});
