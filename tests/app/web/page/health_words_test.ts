/** The health of an upstream in words. */

import { assertEquals } from "@std/assert";
import type { UpstreamReport } from "../../../../lib/app/report/upstream_report.ts";
import { healthWords } from "../../../../lib/app/web/page/health_words.ts";
import { DOWN_UPSTREAM, UPSTREAM } from "../../../helpers/report.ts";

function words(upstream: Parameters<typeof healthWords>[0]): string {
  const { mark, rest, word } = healthWords(upstream);
  return `${mark}: ${word}${rest}`;
}

Deno.test("healthWords() says since when an upstream works, and whether it is connected", () => {
  assertEquals(words(UPSTREAM), "good: Working for 1 h 0 min");
  assertEquals(
    words({ ...UPSTREAM, state: "idle" }),
    "good: Working for 1 h 0 min, not connected until the next query",
  );
});

Deno.test("healthWords() says that nothing is known yet", () => {
  const fresh = { ...UPSTREAM, since: undefined };
  assertEquals(
    words({ ...fresh, state: "unused" }),
    "none: Not used yet: no query has needed it",
  );
  assertEquals(
    words({ ...fresh, state: "connecting" }),
    "none: Connecting: queries wait for it",
  );
});

Deno.test("healthWords() does not say that an upstream works which has not responded yet", () => {
  const silent = { ...UPSTREAM, since: 18_000, lastResponse: undefined };
  for (const state of ["connected", "idle"] as const) {
    assertEquals(words({ ...silent, state }), "none: Reached for 18 s, no response yet");
  }
});

Deno.test("healthWords() gives the cause of what fails, since when, and what queries do", () => {
  assertEquals(
    words(DOWN_UPSTREAM),
    "bad: Down for 2 min 0 s: connection refused (14 failures so far); " +
      "queries do not wait for it, but it is tried again",
  );
  assertEquals(
    words({ ...DOWN_UPSTREAM, state: "silent", failures: 0, cause: "it does not answer" }),
    "bad: Silent for 2 min 0 s: it does not answer; queries wait for it",
  );
  const failing: UpstreamReport = {
    ...DOWN_UPSTREAM,
    state: "failing",
    since: undefined,
    failures: 1,
  };
  assertEquals(
    words({ ...failing, queries: { ...failing.queries, pending: 1 } }),
    "bad: Failing: connection refused (1 failure so far); queries wait while it is tried again",
  );
  assertEquals(
    words({ ...failing, queries: { ...failing.queries, pending: 0 } }),
    "bad: Failing: connection refused (1 failure so far); the next query has it tried again",
  );
});
