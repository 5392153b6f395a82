import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { MAX_EXTRA_TEXT } from "../../../lib/resolver/failure.ts";
import { Reach } from "../../../lib/resolver/upstream/reach.ts";
import { RCODE } from "../../helpers/message.ts";
import { errorsOf } from "../recorder.ts";

const PATIENCE = 4500;

function newReach(name = "dns.example"): Reach {
  return new Reach(name, PATIENCE, () => 1 - Number.EPSILON);
}

Deno.test("Reach is well at first: not down, an attempt may be made", () => {
  const reach = newReach();
  assertEquals([reach.isDown(0), reach.mayAttempt(0), reach.failingSince], [false, true, -1]);
  assertEquals(reach.cause, "");
});

Deno.test("Reach.isDown() after failing for as long as a query waits (Q21)", () => {
  const reach = newReach();
  reach.onFailure(1000, "connection refused", "passing");
  reach.onFailure(3000, "connection refused", "passing");
  assertEquals([reach.isDown(1000), reach.isDown(5499), reach.isDown(5500)], [false, false, true]);
  assertEquals([reach.failingSince, reach.cause], [1000, "connection refused"]);
});

Deno.test("Reach.isDown() at once if waiting does not help, as with a wrong certificate (DOT-13)", () => {
  const reach = newReach();
  reach.onFailure(1000, "certificate expired", "permanent");
  assertEquals(reach.isDown(1000), true);
  reach.onConnected(1000);
  assertEquals(reach.isDown(1001), false);
});

Deno.test("Reach.isDown() after half a second without a route, which may just be changing (A18)", () => {
  const reach = newReach();
  reach.onFailure(1000, "network unreachable", "routeless");
  assertEquals([reach.isDown(1000), reach.isDown(1499), reach.isDown(1500)], [false, false, true]);
  reach.onFailure(1600, "connection refused", "passing");
  assertEquals([reach.isDown(1600), reach.isDown(5500)], [false, true]);
});

Deno.test("Reach.onFailure() waits 0.25, 0.5, 1 ... up to 30 s between attempts (DOT-17)", () => {
  const reach = newReach();
  const delays = Array.from(
    { length: 9 },
    (_, at) => Math.round(reach.onFailure(at, "x", "passing")),
  );
  assertEquals(delays, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

Deno.test("Reach.onAnswer() makes all well again; a connection alone does not", () => {
  const reach = newReach();
  for (let count = 0; count < 5; count++) reach.onFailure(0, "connection refused", "passing");
  reach.onConnected(0);
  assertEquals([reach.isDown(PATIENCE), reach.failingSince], [true, 0]);
  reach.onAnswer(5);
  assertEquals([reach.isDown(PATIENCE), reach.failingSince, reach.cause], [false, -1, ""]);
  assertEquals(Math.round(reach.onFailure(9, "x", "passing")), 250);
});

Deno.test("Reach.mayAttempt() lets a query carry an attempt a second or two after the last (Q21, A17)", () => {
  const reach = newReach();
  let attempts = 0;
  let longest = 0;
  for (let now = 0, last = 0; now <= 30_000; now += 10) {
    if (!reach.mayAttempt(now)) continue;
    assert(now === 0 || now - last >= 1000, `an attempt ${now - last} ms after another`);
    longest = Math.max(longest, now - last);
    last = now;
    attempts++;
    reach.onAttempt(now);
    reach.onFailure(now, "connection refused", "passing");
  }
  assertLessOrEqual(attempts, 20, "at most 20 in half a minute");
  assertLessOrEqual(longest, 2000, "back within 2 s");
});

Deno.test("Reach.isDown() once a query has waited in vain, unless all is well (Q21)", () => {
  const reach = newReach();
  reach.onTimeout(0);
  assertEquals(reach.isDown(0), false, "a timeout alone is no failure to connect");
  reach.onFailure(1000, "connection refused", "passing");
  reach.onTimeout(0);
  assertEquals(reach.isDown(1000), true);
  reach.onAnswer(5);
  reach.onFailure(2000, "connection refused", "passing");
  assertEquals(reach.isDown(2000), false);
});

Deno.test("Reach.isNews() for each cause once, until all is well again (E3)", () => {
  const reach = newReach();
  const told = ["a", "b", "a", "b"].filter((cause) => {
    const isNews = reach.isNews(cause);
    reach.onFailure(0, cause, "passing");
    return isNews;
  });
  assertEquals(told, ["a", "b"]);
  reach.onAnswer(5);
  assertEquals(reach.isNews("a"), true);
});

Deno.test("Reach.unreachable is SERVFAIL with 22, 23 and, before the first connection, 14 (RFC 8914, 4; 1.9, Q21)", () => {
  const reach = newReach();
  reach.onFailure(0, "connection refused", "passing");
  assertEquals(reach.unreachable.rcode, RCODE.SERVFAIL);
  const network = { code: 23, text: "upstream dns.example: connection refused" };
  assertEquals(errorsOf(reach.unreachable), [{ code: 22, text: "" }, network, {
    code: 14,
    text: "",
  }]);
  reach.onConnected(0);
  reach.onFailure(0, "connection refused", "passing");
  assertEquals(errorsOf(reach.unreachable), [{ code: 22, text: "" }, network]);
});

Deno.test("Reach.unreachable says how often in how many seconds, where there is room (EDE-01)", () => {
  const textOf = (name: string) => {
    const reach = newReach(name);
    for (const now of [0, 2000, 9400]) reach.onFailure(now, "connection refused", "passing");
    return errorsOf(reach.unreachable)[1].text;
  };
  assertEquals(textOf("9.9.9.9"), "upstream 9.9.9.9: connection refused, 3 times in 9 s");
  assertEquals(
    textOf("dns.long.name.example"),
    "upstream dns.long.name.example: connection refused",
  );
});

Deno.test("Reach.timeout() is SERVFAIL with 23, the upstream and the cause and, before the first connection, 14 (EDE-01, 1.9; RFC 8914, 4.15)", () => {
  const reach = newReach();
  const failure = reach.timeout("no reply within 4.5 s");
  assertEquals(failure.rcode, RCODE.SERVFAIL);
  const text = "upstream dns.example: no reply within 4.5 s";
  assertEquals(errorsOf(failure), [{ code: 23, text }, { code: 14, text: "" }]);
  reach.onConnected(0);
  assertEquals(errorsOf(reach.timeout("no reply within 4.5 s")), [{ code: 23, text }]);
});

Deno.test("Reach.timeout() promises nothing where the certificate is wrong (RFC 8914, 4.15)", () => {
  const reach = newReach();
  reach.onFailure(0, "certificate expired", "permanent");
  assertEquals(errorsOf(reach.timeout("certificate expired")).map(({ code }) => code), [23]);
});

Deno.test("Reach.mayAttempt() tries twice a second while there is no route", () => {
  const reach = newReach();
  reach.onAttempt(0);
  reach.onFailure(0, "network unreachable", "routeless");
  assertEquals([reach.mayAttempt(499), reach.mayAttempt(500)], [false, true]);
  reach.onFailure(0, "connection refused", "passing");
  assertEquals(reach.mayAttempt(999), false);
});

Deno.test("Reach.timeout() gives up the name before the cause where there is no room for both (EDE-01)", () => {
  const name = "a-very-long-name-of-a-resolver.that-is-somewhere.example";
  const [{ text }] = errorsOf(newReach(name).timeout("connection refused"));
  assertEquals(text, "upstream: connection refused");
  const [{ text: cut }] = errorsOf(newReach(name).timeout("x".repeat(200)));
  assertEquals([cut.length, cut.startsWith("upstream: xxx")], [MAX_EXTRA_TEXT, true]);
});

Deno.test("Reach.mayCarry() is for all queries while well, or while a connection is not silent", () => {
  const reach = newReach();
  assertEquals([reach.mayCarry(0, 9000), reach.mayCarry(0, 9000)], [true, true]);
  reach.onFailure(9000, "x", "permanent");
  for (const quietSince of [-1, 9001]) {
    for (let count = 0; count < 2; count++) assertEquals(reach.mayCarry(quietSince, 10_000), true);
  }
});

Deno.test("Reach.mayCarry() is for one query a second while down and the connection silent", () => {
  const reach = newReach();
  reach.onFailure(0, "x", "permanent");
  const carried = Array.from({ length: 30 }, (_, at) => 5000 + 100 * at)
    .filter((now) => reach.mayCarry(0, now));
  assertEquals(carried, [5000, 6000, 7000]);
});

Deno.test("Reach.wellSince is when it was first connected to, then when it last answered again", () => {
  const reach = newReach();
  assertEquals(reach.wellSince, -1);
  reach.onConnected(100);
  reach.onConnected(200);
  assertEquals(reach.wellSince, 100);
  reach.onAnswer(300);
  assertEquals(reach.wellSince, 100, "nothing had failed");
  reach.onFailure(400, "connection refused", "passing");
  reach.onAnswer(500);
  assertEquals(reach.wellSince, 500);
});
