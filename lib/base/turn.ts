/** The turns of the event loop. */

import { setImmediate } from "node:timers";

/** Resolves once everything else that was due in this turn has had its chance. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
