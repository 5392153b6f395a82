/** What whoever chose upstreams should know of them: warned of at the start, and when they are others. */

import type { Logger } from "../base/log.ts";
import { isLoopback } from "../net/address.ts";
import type { Target } from "../net/dial.ts";
import { formatTarget, isOpportunistic } from "./settings/upstream_uri.ts";

export function tellOfUpstreams(upstreams: readonly Target[], log: Logger): void {
  for (const upstream of upstreams) {
    if (upstream.transport !== "tcp" || isLoopback(upstream.hostname)) continue;
    log.warning(`Queries to ${formatTarget(upstream)} are not encrypted`);
  }
  for (const upstream of upstreams.filter(isOpportunistic)) {
    const name = formatTarget(upstream);
    log.warning(`Upstream ${name} is not authenticated: anybody on the way can read and change`);
  }
}
