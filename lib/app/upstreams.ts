/** The upstreams of a configuration, put together to one resolver, or to as many as are needed. */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { type Address, formatAddress, isLoopback } from "../net/address.ts";
import { Dialer } from "../net/dialer.ts";
import type { Target } from "../net/dial.ts";
import type { SavedAddresses } from "../net/whereabouts.ts";
import { makePolicy } from "../resolver/pool/policy.ts";
import { Pool } from "../resolver/pool/pool.ts";
import type { Resolver } from "../resolver/resolver.ts";
import { Upstream } from "../resolver/upstream/upstream.ts";
import { sumOf, UpstreamCounters } from "../resolver/upstream/upstream_counters.ts";
import { AddressCache } from "./address_cache.ts";
import { type Config, Limit } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { PeerLog } from "./peer_log.ts";
import { readIdentity } from "./pem_files.ts";
import type { StateDirectory } from "./state_directory.ts";
import { systemAsks } from "./system_resolver.ts";
import { formatTarget, isNamed, isOpportunistic, shortName } from "./upstream_uri.ts";

/** What all connections to one upstream have in common, whoever they are for. */
interface Prepared {
  readonly target: Target;
  readonly name: string;
  readonly dialer: Dialer;
  readonly counters: UpstreamCounters;
  readonly log: Logger;
}

/** Queries pending at a time, and message IDs for them; all there are unless given. */
export interface Size {
  readonly capacity: number;
  readonly ids?: number;
}

export interface Upstreams {
  readonly resolver: Resolver;
  /** Whether a query has no outcome yet. */
  readonly isBusy: boolean;
  /** Whether a connection is open. */
  readonly isConnected: boolean;
  /** The network is not what it was: connections are renewed, and failures forgotten. */
  renew(): void;
  /** Ends everything: what is pending fails. */
  stop(): void;
}

/**
 * Reads the files that upstreams need; throws `ConfigError` for one that is no good. `state` keeps what is
 * learned; `makeLog` makes the log of all connections to one.
 */
export function prepareUpstreams(
  config: Config,
  state: StateDirectory,
  clock: Clock,
  makeLog: () => Logger,
): readonly Prepared[] {
  const addresses = new AddressCache(state);
  return config.upstreams.map((target) => {
    const name = formatTarget(target);
    const log = makeLog();
    const peers = new PeerLog(name, target, log);
    const dialer = new Dialer(target, {
      ...readIdentity(target, config.caCerts),
      timeout: Limit.DIAL,
      bootstrap: config.bootstrap,
      addresses: isNamed(target) ? addresses : undefined,
      onStale: (saved, reason) => log.warning(staleText(name, saved, reason)),
      clock,
      onPeer: (peer) => peers.onPeer(peer),
    });
    return { target, name, dialer, counters: new UpstreamCounters(), log };
  });
}

/** The counters of all upstreams, added up; those of upstreams that were made and stopped as well. */
export function countersOf(prepared: readonly Prepared[]): UpstreamCounters {
  return sumOf(prepared.map(({ counters }) => counters));
}

/** Upstreams with connections of their own, as one resolver; `log` is for them together. Connects to nothing yet. */
export function makeUpstreams(
  prepared: readonly Prepared[],
  size: Size,
  config: Config,
  clock: Clock,
  log: Logger,
): Upstreams {
  const upstreams = prepared.map((each) => makeUpstream(each, size, config, clock));
  const pool = upstreams.length > 1
    ? new Pool({
      upstreams,
      policy: makePolicy(config.policy),
      capacity: size.capacity,
      deadline: Limit.DEADLINE,
      clock,
      log,
    })
    : undefined;
  return {
    resolver: pool ?? upstreams[0],
    get isBusy() {
      return upstreams.some(({ pending }) => pending > 0);
    },
    get isConnected() {
      return upstreams.some(({ isConnected }) => isConnected);
    },
    renew: () => {
      for (const upstream of upstreams) upstream.renew();
      pool?.renew();
    },
    stop: () => {
      for (const upstream of upstreams) upstream.stop();
      pool?.stop();
    },
  };
}

function makeUpstream(
  { target, name, dialer, counters, log }: Prepared,
  size: Size,
  config: Config,
  clock: Clock,
): Upstream {
  return new Upstream({
    ...size,
    name,
    label: shortName(target),
    isEncrypted: target.transport === "tls",
    isTrusted: !isOpportunistic(target) &&
      (target.transport !== "tcp" || isLoopback(target.hostname)),
    deadline: Limit.DEADLINE,
    idle: Limit.UPSTREAM_IDLE,
    connections: config.limits.upstreamConnections,
    counters,
    clock,
    log,
    dial: () => dialer.dial(),
  });
}

function staleText(upstream: string, { addresses, learned }: SavedAddresses, reason: string) {
  const date = new Date(learned).toISOString().slice(0, 10);
  const list = addresses.join(", ");
  return `Cannot ask for the address of upstream ${upstream}: ${reason}; using ${list}, learned ${date}`;
}

/** Throws `ConfigError` if an upstream cannot work with clients being served at `addresses`. */
export function checkUpstreams(config: Config, addresses: readonly Address[]): void {
  for (const resolver of config.bootstrap) {
    if (!isOneOf(resolver, addresses)) continue;
    const allowed =
      "this is an own --listen address, and cannot be asked before there is an upstream";
    throw new ConfigError("--bootstrap", formatAddress(resolver), allowed);
  }
  for (const target of config.upstreams) {
    checkLoop(target, addresses);
    if (config.bootstrap.length === 0) checkLookup(target, addresses);
  }
}

/** A port of 0 is none yet. */
function isOneOf(address: Address, addresses: readonly Address[]): boolean {
  return addresses.some(({ hostname, port }) =>
    hostname === address.hostname && port === address.port && port !== 0
  );
}

/** Asking ourselves would never end (RFC 5625 leaves it to common sense). */
function checkLoop(target: Target, addresses: readonly Address[]): void {
  if (target.transport !== "unix" && isOneOf(target, addresses)) {
    throw new ConfigError("--upstream", formatTarget(target), "this is an own --listen address");
  }
}

/** A name cannot be looked up through the connection that it is needed for. */
function checkLookup(target: Target, addresses: readonly Address[]): void {
  if (!isNamed(target) || !systemAsks(addresses)) return;
  const allowed = "this machine asks the forwarder itself for names (/etc/resolv.conf); " +
    "add --bootstrap ADDR, or name the address, as in tls://9.9.9.9#dns.quad9.net";
  throw new ConfigError("--upstream", formatTarget(target), allowed);
}
