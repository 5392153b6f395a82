/** Whether upstreams can work with clients being served at certain addresses: nothing may ask itself. */

import { type Address, formatAddress, isAskedAt } from "../../net/address.ts";
import type { Target } from "../../net/dial.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { checkMetrics } from "./metrics_address.ts";
import { ownSystemResolver } from "../system_resolver.ts";
import { formatTarget, isNamed } from "./upstream_uri.ts";

/** Throws `ConfigError` if an upstream cannot work with clients being served at `addresses`. */
export function checkUpstreams(config: Config, addresses: readonly Address[]): void {
  for (const resolver of config.bootstrap) checkBootstrap(resolver, addresses);
  for (const target of config.upstreams) checkUpstream(target, config, addresses);
}

/** Why clients cannot be served at `address` with this configuration; undefined: they can. */
export function refusalOf(config: Config, address: Address): ConfigError | undefined {
  try {
    checkUpstreams(config, [address]);
    checkMetrics(config.metrics, [address]);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** The same for one that is asked for the addresses of upstreams. */
export function checkBootstrap(resolver: Address, addresses: readonly Address[]): void {
  if (!isOneOf(resolver, addresses)) return;
  const allowed =
    "dnsfwd itself listens there (--listen), and cannot answer before there is an upstream";
  throw new ConfigError("--bootstrap", formatAddress(resolver), allowed);
}

/** The same for one upstream. */
export function checkUpstream(
  target: Target,
  { bootstrap }: Pick<Config, "bootstrap">,
  addresses: readonly Address[],
): void {
  checkLoop(target, addresses);
  if (bootstrap.length === 0) checkLookup(target, addresses);
}

/**
 * Throws `ConfigError` for one of `upstreams` that would need a permission which the program has given up since
 * its start: a Unix socket is opened through the file system.
 */
export function checkPermitted(upstreams: Config["upstreams"]): void {
  for (const target of upstreams) {
    if (target.transport !== "unix" || mayOpen(target.path)) continue;
    const allowed = "needs a restart: the program has given up the right to open files";
    throw new ConfigError("--upstream", formatTarget(target), allowed);
  }
}

function mayOpen(path: string): boolean {
  const names = ["read", "write"] as const;
  return names.every((name) => Deno.permissions.querySync({ name, path }).state === "granted");
}

function isOneOf(address: Address, addresses: readonly Address[]): boolean {
  return addresses.some((each) => isAskedAt(each, address));
}

/** Asking ourselves would never end (RFC 5625 leaves it to common sense). */
function checkLoop(target: Target, addresses: readonly Address[]): void {
  if (target.transport !== "unix" && isOneOf(target, addresses)) {
    throw new ConfigError(
      "--upstream",
      formatTarget(target),
      "dnsfwd itself listens there (--listen): it would ask itself",
    );
  }
}

/** A name cannot be looked up through the connection that it is needed for. */
function checkLookup(target: Target, addresses: readonly Address[]): void {
  if (!isNamed(target)) return;
  const own = ownSystemResolver(addresses);
  if (own === undefined) return;
  const allowed = `this machine asks the forwarder itself for names (${own}); ` +
    "add --bootstrap ADDR, or name the address, as in tls://9.9.9.9#dns.quad9.net";
  throw new ConfigError("--upstream", formatTarget(target), allowed);
}
