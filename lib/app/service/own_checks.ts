/** The self-check of a running forwarder, put together. */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { Forwarder } from "../forwarder.ts";
import { DeadMansSwitch } from "./dead_mans_switch.ts";
import { Liveness } from "./liveness.ts";
import { askOverTcp, askOverUdp } from "./own_question.ts";
import { SelfCheck } from "./self_check.ts";
import { Usefulness } from "./usefulness.ts";
import { reasonOf } from "../system_error.ts";

export interface OwnChecksOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether somebody starts the program again when it ends, and soon. */
  readonly isSupervised: boolean;
  readonly onWedged: (problem: string) => void;
}

/** Not started yet. To be made while the C library may still be opened. */
export function makeSelfCheck(forwarder: Forwarder, options: OwnChecksOptions): SelfCheck {
  const { clock, isSupervised, log, onWedged } = options;
  const common = {
    clock,
    addresses: () => forwarder.addresses,
    counters: forwarder.counters,
  };
  const overUdp = askOverUdp(clock);
  return new SelfCheck({
    clock,
    looks: [
      new Liveness({ ...common, overUdp, overTcp: askOverTcp(clock) }),
      new Usefulness({
        ...common,
        ask: overUdp,
        askUpstreams: (query) => forwarder.askUpstreams(query),
      }),
    ],
    deadMansSwitch: isSupervised ? findSwitch(log) : undefined,
    onWedged,
  });
}

function findSwitch(log: Logger): DeadMansSwitch | undefined {
  try {
    return DeadMansSwitch.open();
  } catch (error) {
    const reason = reasonOf(error);
    log.warning(`A program that hangs will not be ended by the system: ${reason}`);
    return undefined;
  }
}
