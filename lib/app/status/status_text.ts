/** What an instance says of itself, as lines for a person: the verdict first. */

import type { Reply } from "../instance/control_protocol.ts";
import { printable } from "../printable.ts";
import type { Finding } from "../report/finding.ts";
import { healthState } from "../report/health_state.ts";
import { knownReport } from "../report/known_report.ts";
import { verdictOf } from "../report/verdict.ts";
import { clientBlock, type Drawing } from "./client_block.ts";
import { type Line, Rank, SPACE, WIDTH, wrapped } from "./line.ts";
import { programBlock } from "./program_block.ts";
import { upstreamBlock } from "./upstream_block.ts";

const INDENT = "  ";

/** `wall` in milliseconds since 1970. Of a reply that comes from another version, what makes no sense is left out. */
export function statusLines(reply: Reply, wall: number, drawing: Drawing): readonly Line[] {
  const report = knownReport(reply);
  const notReady = notReadyOf(reply);
  const { more, ...worst } = verdictOf(report, problemOf(reply), notReady.length === 0);
  const blocks = [
    ...(report.upstreams ?? []).map(upstreamBlock),
    clientBlock(report, drawing),
    programBlock(report, wall),
  ];
  const { width } = drawing;
  return [
    ...findingLines(worst, Rank.VERDICT, width),
    ...notReady.flatMap((each) => findingLines(each, Rank.FINDINGS, width)),
    ...more.flatMap((each) => findingLines(each, Rank.FINDINGS, width)),
    ...blocks.filter((lines) => lines.length > 0).flatMap((lines) => [SPACE, ...lines]),
  ];
}

/** A sentence, in as many lines as it takes. */
export function findingLines(
  { grade, text }: Finding,
  rank: Rank,
  width: number,
): readonly Line[] {
  const rows = wrapped(text.split(" "), Math.min(WIDTH, width) - INDENT.length);
  return rows.map((row, at) => ({ text: at === 0 ? row : INDENT + row, rank, grade }));
}

/** Why an instance does not say anything. */
export function refusalText({ error }: Reply): string {
  return typeof error === "string" ? printable(error) : "The reason is not known";
}

/**
 * What is shown to programs: the reply, with `state`, which one of an older version does not tell, and with `ok`
 * and `healthy` that mean the same: that the state is not failing.
 */
export function statusFields(reply: Reply): Reply {
  const state = healthState({ ...knownReport(reply), problem: problemOf(reply) });
  const { version, ok: _, ...rest } = reply;
  return { version, ok: state !== "failing", ...rest, state, healthy: state !== "failing" };
}

function notReadyOf({ notReady }: Reply): readonly Finding[] {
  if (!Array.isArray(notReady)) return [];
  const texts = notReady.filter((each) => typeof each === "string");
  return texts.map((text) => ({ grade: "doubtful", text: `Not ready: ${printable(text)}` }));
}

/** Others than this version say only whether it is healthy, and mean by that whether it is alive. */
function problemOf({ alive, healthy, problem }: Reply): string | undefined {
  if (alive ?? healthy) return undefined;
  return typeof problem === "string" ? printable(problem) : "the reason is not known";
}
