/** The end of a program that has found that it no longer works. */

import { systemClock } from "../../base/clock.ts";
import { dumpEvents, flushLog, type Logger } from "../../base/log.ts";
import type { Forwarder } from "../forwarder.ts";
import { formatSummary } from "../summary.ts";
import { describe } from "./unexpected.ts";

/**
 * Ends the process with exit code 1, because of `problem`. What can still be answered within `grace`
 * milliseconds is, in so far as stopping works at all. `settleLog` resolves once lines are written, or late.
 */
export async function endWedged(
  problem: string,
  forwarder: Forwarder,
  grace: number,
  log: Logger,
  settleLog: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  log.error(`Not working: ${problem}, twice in a row; ending, to be started again`);
  dumpEvents("not working");
  const limit = new Promise<void>((resolve) => systemClock.after(2 * grace, resolve));
  try {
    await Promise.race([forwarder.stop(grace), limit]);
    log.info(formatSummary(forwarder.summary()));
  } catch (error) {
    log.error(`Unexpected: ${describe(error)}`);
  } finally {
    flushLog();
    await settleLog();
    Deno.exit(1);
  }
}
