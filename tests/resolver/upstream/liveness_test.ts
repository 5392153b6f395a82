import { assertEquals } from "@std/assert";
import { Liveness } from "../../../lib/resolver/upstream/liveness.ts";

/** How long a connection with a query in flight may be quiet, in milliseconds. */
function patience(liveness: Liveness): number {
  let ms = 0;
  while (!liveness.isSilent({ inFlight: 1, quietSince: 500 }, 500 + ms)) ms++;
  return ms;
}

Deno.test("Liveness.isSilent() after a second, or four response times where that is longer, three seconds at most (Q4)", () => {
  assertEquals(patience(new Liveness()), 1000);
  for (const [time, expected] of [[20, 1000], [250, 1000], [400, 1600], [2000, 3000]]) {
    const liveness = new Liveness();
    liveness.onAnswer(time);
    assertEquals(patience(liveness), expected, `${time} ms`);
  }
});

Deno.test("Liveness smooths response times: one slow response counts an eighth (RFC 6298, 2)", () => {
  const liveness = new Liveness();
  assertEquals(liveness.responseTime, -1);
  liveness.onAnswer(100);
  assertEquals(liveness.responseTime, 100);
  liveness.onAnswer(900);
  assertEquals(liveness.responseTime, 200);
});

Deno.test("Liveness.isSilent() is never true where nothing is in flight, or nothing was sent since the last arrival", () => {
  const liveness = new Liveness();
  assertEquals(liveness.isSilent({ inFlight: 0, quietSince: 0 }, 9999), false);
  assertEquals(liveness.isSilent({ inFlight: 1, quietSince: -1 }, 9999), false);
});
