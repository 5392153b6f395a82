/** What the log says once the program serves: where, whom it asks, and what to know of that. */

import { inContext, type Logger } from "../base/log.ts";
import { type Address, formatAddress } from "../net/address.ts";
import type { Forwarder } from "./forwarder.ts";
import { describeLog } from "./query_log/query_logs.ts";
import type { Inherited } from "./service/socket_activation.ts";
import type { Config } from "./settings/config.ts";
import { formatTarget } from "./settings/upstream_uri.ts";
import { tellOfUpstreams } from "./upstream_warnings.ts";
import { VERSION } from "./version.ts";

export function announce(
  forwarder: Forwarder,
  inherited: Inherited | undefined,
  config: Config,
  log: Logger,
): void {
  const listenerLog = inContext(log, { category: "listener" });
  for (const address of forwarder.addresses) {
    listenerLog.info(`Listening on ${formatAddress(address)} (${transports(address, inherited)})`);
  }
  const names = config.upstreams.map(formatTarget).join(", ");
  const policy = config.upstreams.length > 1 ? `, ${config.policy}` : "";
  const how = config.isolate ? `${policy}, each ${config.isolate} by itself` : policy;
  log.info(`Forwarding to ${names}${how} (dnsfwd ${VERSION})`);
  tellOfUpstreams(config.upstreams, inContext(log, { category: "upstream" }));
  if (config.queryLog) log.info(describeLog(config.queryLog));
}

/** Sockets that the program has opened itself come in pairs. */
function transports(address: Address, inherited: Inherited | undefined): string {
  const text = formatAddress(address);
  const given = (inherited?.sockets ?? []).filter((each) => formatAddress(each.address) === text);
  if (given.length === 0) return "UDP and TCP";
  const names = new Set(given.map(({ transport }) => transport.toUpperCase()));
  return `${[...names].toSorted().reverse().join(" and ")}, from the service manager`;
}
