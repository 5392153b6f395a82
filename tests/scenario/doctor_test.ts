/** The command `doctor` against upstreams that are silent, slow, expired, or no TLS servers. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createAuthority, daysFromNow, type IdentityInput } from "../helpers/certificate.ts";
import { runTrusting } from "../helpers/commands.ts";
import { RCODE } from "../helpers/message.ts";
import { ScriptedUpstream, type UpstreamOptions } from "../helpers/scripted_upstream.ts";
import { Delays } from "../helpers/waiting.ts";

const NAME = "dns.example";

async function examine(options: UpstreamOptions, input: IdentityInput = {}) {
  const authority = await createAuthority();
  const identity = await authority.issue({ dnsNames: [NAME], ...input });
  await using upstream = new ScriptedUpstream({ identity, ...options });
  const uri = `tls://127.0.0.1:${upstream.port}#${NAME}`;
  const exit = await runTrusting(authority, "doctor", uri, "--idle", "1");
  return { ...exit, queries: upstream.queries.splice(0) };
}

Deno.test("doctor sees answers out of order, and asks some 70 names below one random label", async () => {
  let asked = 0;
  const delays = new Delays();
  const { code, stdout, queries } = await examine({
    script: async (query) => {
      await delays.wait(asked++ % 2 === 0 ? 20 : 40);
      await query.answer();
    },
  });
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /it works on about \d+ at a time \(an estimate\)/);
  assertMatch(stdout, /Order +out of order: \d+ were overtaken by later ones/);
  assertStringIncludes(stdout, "Idle           still open after 1.0 s\n");
  assertEquals(queries.length, 69);
  const names = new Set(queries.map(({ name }) => name));
  assertEquals(names.size, 69);
  const [, below] = /^[0-9a-f]{12}(\.[0-9a-f]{12}\.example\.com)$/.exec(queries[0].name) ?? [];
  assertEquals([...names].filter((name) => !name.endsWith(below)), []);
});

Deno.test("doctor says that nothing is answered, and that it is no TLS server", async () => {
  const cases: [UpstreamOptions, string][] = [
    [{ script: () => {} }, "Answer         failed: no answer in time\n"],
    [{ greeting: new TextEncoder().encode("HTTP/1.1 400\r\n") }, "the server does not speak TLS\n"],
  ];
  for (const [options, text] of cases) {
    const { code, stdout } = await examine(options);
    assertEquals(code, 1, stdout);
    assertStringIncludes(stdout, text);
    assertStringIncludes(stdout, "\nNot usable as upstream.\n");
  }
});

Deno.test("doctor says that a server rejects EDNS options, and asks on without them", async () => {
  const { code, stdout, queries } = await examine({
    script: (query) => {
      const isRefused = (query.message.opt?.options.length ?? 0) > 0;
      return query.answer(isRefused ? { rcode: RCODE.FORMERR } : {});
    },
  });
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "EDNS           EDNS options rejected: asked again with an empty");
  assertEquals(queries.filter(({ message }) => message.opt?.options.length !== 0).length, 1);
});

Deno.test("doctor shows an expired certificate, and that ALPN is refused", async () => {
  const dates = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1.5) };
  const { code, stdout, queries } = await examine({ alpn: ["http/1.1"] }, dates);
  assertEquals([code, queries], [1, []], stdout);
  assertStringIncludes(stdout, 'ALPN           the server refuses "dot"; without it, it answers\n');
  assertStringIncludes(stdout, ": expired 1 day ago\n");
  assertStringIncludes(stdout, "Verification   failed: certificate expired\n");
});
