/** What is different in another configuration, in the few words of one line. */

import { type Address, formatAddress } from "../../net/address.ts";
import type { Config } from "../settings/config.ts";
import { formatTarget } from "../settings/upstream_uri.ts";

/** The options that parts of a configuration come from. Addresses and upstreams are told by themselves. */
const OPTIONS = {
  policy: "--policy",
  isolate: "--isolate",
  bootstrap: "--bootstrap",
  caCerts: "--ca",
  truncate: "--truncate",
  allow: "--allow",
  queryLog: "--query-log",
  limits: "--limit",
  metrics: "--metrics",
  health: "--readiness, --drain or --ready-name",
  identity: "--identity or --nsid",
} as const satisfies Partial<Record<keyof Config, string>>;

export interface Changes {
  readonly opened: readonly Address[];
  readonly removed: readonly Address[];
  /** Whether there is another resolution. */
  readonly isResolutionNew: boolean;
}

/** Such as `listening on 127.0.0.2:53; --limit changed; connections to upstreams renewed`. */
export function describeChanges(
  before: Config,
  after: Config,
  { opened, removed, isResolutionNew }: Changes,
): string {
  const keys = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[];
  const options = keys.filter((key) => !isSame(before[key], after[key])).map((key) => OPTIONS[key]);
  const areOthers = !isSame(before.upstreams, after.upstreams);
  const parts = [
    opened.length > 0 ? `listening on ${list(opened)}` : "",
    removed.length > 0 ? `no longer on ${list(removed)}` : "",
    options.length > 0 ? `${options.join(", ")} changed` : "",
    areOthers ? `forwarding to ${after.upstreams.map(formatTarget).join(", ")}` : "",
    isResolutionNew ? "new connections to upstreams" : "connections to upstreams renewed",
  ];
  const isNothing = parts.slice(0, -1).every((part) => part === "") && !isResolutionNew;
  return [isNothing ? "addresses and upstreams as before" : "", ...parts].filter((part) =>
    part !== ""
  ).join("; ");
}

function list(addresses: readonly Address[]): string {
  return addresses.map(formatAddress).join(", ");
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
