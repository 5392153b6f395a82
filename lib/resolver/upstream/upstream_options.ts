/** What an upstream has to know: what its link has, how large it is, and whom to believe. */

import type { EdnsSupport } from "./edns_support.ts";
import type { LinkOptions } from "./link_owner.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";

export interface UpstreamOptions extends LinkOptions {
  /** Whether AD may be believed: the hop is authenticated or does not leave the machine. */
  readonly isTrusted: boolean;
  /** Queries pending at a time. */
  readonly capacity: number;
  /** Message IDs to use, more than `capacity`; all there are unless given. */
  readonly ids?: number;
  /** Counts here, if given, with others that ask the same upstream. */
  readonly counters?: UpstreamCounters;
  /** What of EDNS it accepts, if others that ask the same upstream are to know as well. */
  readonly edns?: EdnsSupport;
}
