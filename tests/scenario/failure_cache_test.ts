/** Questions that fail are not asked again at once (RFC 9520, 3.2; CACHE-06, protocol design 0.3). */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { extendedErrorOption } from "../helpers/edns.ts";
import { assertRcode } from "../helpers/expect.ts";
import { FLAG, RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { PATIENCE } from "../helpers/waiting.ts";

const NAME = "broken.example";

Deno.test("Forwarder asks a failing question once for a hundred in a second, says Cached Error with the original error, and asks again a second later (RFC 9520, 3.2; RFC 8914, 4.14)", async () => {
  await using scenario = await startScenario({
    script: (query) => {
      const options = [extendedErrorOption(22, "nobody answers")];
      query.answer({ rcode: RCODE.SERVFAIL, edns: { options } });
    },
  });
  const { upstream } = scenario;
  const client = scenario.udp();
  const start = performance.now();
  const codes: number[][] = [];
  for (let count = 0; count < 100; count++) {
    const query = buildQuery(NAME, { edns: true });
    const reply = await client.ask(query);
    assertRcode(query, reply, RCODE.SERVFAIL);
    codes.push(reply.extendedErrors.map(({ code }) => code));
  }
  assertEquals(codes, [[22], ...new Array(99).fill([13, 22])]);
  assertEquals(upstream.sends(NAME), 1);
  while (upstream.sends(NAME) === 1 && performance.now() - start < PATIENCE) {
    await client.ask(buildQuery(NAME, { edns: true }));
  }
  const pause = performance.now() - start;
  assertEquals(upstream.sends(NAME), 2);
  assertGreaterOrEqual(pause, 900);
});

Deno.test("Forwarder tells a client without EDNS, and one over TCP, the remembered failure", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ rcode: RCODE.REFUSED }),
  });
  const clients = [scenario.udp(), scenario.udp(), await scenario.tcp()];
  for (const client of clients) {
    const query = buildQuery(NAME);
    const reply = await client.ask(query);
    assertRcode(query, reply, RCODE.REFUSED);
    assertEquals(reply.opts, []);
  }
  assertEquals(scenario.upstream.sends(NAME), 1);
});

Deno.test("Forwarder asks other questions while one fails, and the same with CD set (RFC 4035, 3.2.2)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ rcode: query.name === NAME ? RCODE.SERVFAIL : 0 }),
  });
  const client = scenario.udp();
  assertEquals((await client.ask(buildQuery(NAME))).rcode, RCODE.SERVFAIL);
  assertEquals((await client.ask(buildQuery("good.example"))).rcode, RCODE.NOERROR);
  assertEquals(
    (await client.ask(buildQuery(NAME, { flags: FLAG.RD | FLAG.CD }))).rcode,
    RCODE.SERVFAIL,
  );
  assertEquals(scenario.upstream.sends(NAME), 2);
});
