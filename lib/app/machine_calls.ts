/**
 * What a running forwarder asks of the machine through the C library. Opened before the right to do that is given
 * up; without it the forwarder works all the same.
 */

import { openDescriptorLimit } from "../net/descriptor_limit.ts";
import { Routes } from "../net/routes.ts";
import { StreamReset } from "../net/stream_reset.ts";

export interface MachineCalls {
  /** Tells which connections another address leaves alone; without it, all are renewed. */
  readonly routes?: Routes;
  /** Closes connections of clients so that the system forgets at once what they have not read. */
  readonly streamReset?: StreamReset;
  /** How many descriptors the system allows now; as many as are asked for unless given. */
  readonly descriptors?: () => number;
}

export function openMachineCalls(): MachineCalls {
  return {
    routes: Routes.open(),
    streamReset: StreamReset.open(),
    descriptors: openDescriptorLimit(),
  };
}
