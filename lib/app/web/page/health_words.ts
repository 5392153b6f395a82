/** The health of an upstream, in words for a person. */

import type { UpstreamReport } from "../../report/upstream_report.ts";
import { spanText } from "../../report/span_text.ts";
import type { Mark } from "./sign.ts";
import { counted } from "./quantity.ts";

export interface HealthWords {
  readonly mark: Mark;
  readonly word: string;
  /** What follows the word without a space: since when, why, and what happens now. */
  readonly rest: string;
}

export function healthWords(upstream: UpstreamReport): HealthWords {
  switch (upstream.state) {
    case "unused":
      return { mark: "none", word: "Not used yet", rest: ": no query has needed it" };
    case "connecting":
      return { mark: "none", word: "Connecting", rest: ": queries wait for it" };
    case "connected":
      if (upstream.lastResponse === undefined) return reached(upstream);
      return { mark: "good", word: "Working", rest: lasting(upstream) };
    case "idle":
      if (upstream.lastResponse === undefined) return reached(upstream);
      return {
        mark: "good",
        word: "Working",
        rest: `${lasting(upstream)}, not connected until the next query`,
      };
    case "silent":
      return failing(upstream, "Silent", "queries wait for it");
    case "failing":
      return failing(upstream, "Failing", isAsked(upstream) ? WAITING : UNASKED);
    case "down":
      return failing(upstream, "Down", "queries do not wait for it, but it is tried again");
  }
}

function reached(upstream: UpstreamReport): HealthWords {
  return { mark: "none", word: "Reached", rest: `${lasting(upstream)}, no response yet` };
}

const WAITING = "queries wait while it is tried again";
const UNASKED = "the next query has it tried again";

function isAsked({ queries }: UpstreamReport): boolean {
  return queries.pending > 0;
}

function lasting({ since }: UpstreamReport): string {
  return since === undefined ? "" : ` for ${spanText(since)}`;
}

function failing(upstream: UpstreamReport, word: string, consequence: string): HealthWords {
  const { cause, failures } = upstream;
  const attempts = failures > 0 ? ` (${counted(failures, "failure")} so far)` : "";
  const rest = `${lasting(upstream)}: ${cause}${attempts}; ${consequence}`;
  return { mark: "bad", word, rest };
}
