/** What all connections to an upstream have in common, for all clients: files read, addresses, counters. */

import { type Clock, systemClock } from "../base/clock.ts";
import type { ClockFloor } from "../base/clock_floor.ts";
import type { Logger } from "../base/log.ts";
import { isIpAddress } from "../net/address.ts";
import { Dialer, type DialerOptions, STRICT } from "../net/dialer.ts";
import type { Target } from "../net/dial.ts";
import type { ConnectedPeer } from "../net/identity.ts";
import type { SavedAddresses } from "../net/whereabouts.ts";
import type { Upstream } from "../resolver/upstream/upstream.ts";
import type { EdnsSupport } from "../resolver/upstream/edns_support.ts";
import type { UpstreamCounters } from "../resolver/upstream/upstream_counters.ts";
import { AddressCache } from "./address_cache.ts";
import { CertificateLook } from "./certificate_look.ts";
import { type Config, Limit } from "./settings/config.ts";
import { PeerLog } from "./peer_log.ts";
import { readIdentity } from "./pem_files.ts";
import type { UpstreamRecords } from "./report/upstream_records.ts";
import { publicAuthorities } from "./public_authorities.ts";
import type { StateDirectory } from "./state_directory.ts";
import { formatTarget, keepsAddresses } from "./settings/upstream_uri.ts";

/** What upstreams are made with. */
export interface UpstreamsContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly floor: ClockFloor;
  /** Keeps what is learned. */
  readonly state: StateDirectory;
  /** What is counted, by upstream. */
  readonly records: UpstreamRecords;
}

export interface Prepared {
  readonly target: Target;
  readonly name: string;
  readonly dialer: Dialer;
  /** One that disregards validity periods while the clock is wrong, where that is allowed. */
  readonly undated: Dialer | undefined;
  readonly counters: UpstreamCounters;
  readonly edns: EdnsSupport;
  readonly log: Logger;
  readonly peers: PeerLog;
  /** Where connections do not tell of the certificate. */
  readonly certificate: CertificateLook | undefined;
  /** One for each that is kept apart; those that were stopped are not among them. */
  readonly live: Set<Upstream>;
}

/**
 * Reads the files that upstreams need; throws `ConfigError` for one that is no good. `makeLog` makes the log
 * of all connections to the upstream of a name.
 */
export function prepareUpstreams(
  { clock, config, floor, records, state }: UpstreamsContext,
  makeLog: (upstream: string) => Logger,
): readonly Prepared[] {
  const addresses = new AddressCache(state);
  return config.upstreams.map((target) => {
    const name = formatTarget(target);
    const log = makeLog(name);
    const peers = new PeerLog(name, target, log);
    const { counters, edns } = records.of(name);
    const options: DialerOptions = {
      ...readIdentity(target, config.caCerts),
      timeout: Limit.DIAL,
      bootstrap: config.bootstrap,
      addresses: keepsAddresses(target) ? addresses : undefined,
      onStale: (saved, reason) => log.warning(staleText(name, saved, reason)),
      isUnlinked: config.isolate !== undefined,
      clock,
      floor,
    };
    const onPeer = (peer: ConnectedPeer) => {
      if (peer.isResumed) counters.resumptions++;
      peers.onPeer(peer);
    };
    return {
      target,
      name,
      dialer: new Dialer(target, { ...options, onPeer }),
      undated: undatedDialer(target, name, options),
      counters,
      edns,
      log,
      peers,
      certificate: certificateLook(target, name, { ...options, onPeer }, log),
      live: new Set(),
    };
  });
}

function certificateLook(
  target: Target,
  name: string,
  options: DialerOptions,
  log: Logger,
): CertificateLook | undefined {
  if (target.transport !== "tls" || target.identity) return undefined;
  const dialer = new Dialer({ ...target, identity: STRICT }, { ...options, isUnlinked: true });
  return new CertificateLook({
    name,
    dial: () => dialer.dial(),
    clock: options.clock ?? systemClock,
    log,
  });
}

function undatedDialer(target: Target, name: string, options: DialerOptions): Dialer | undefined {
  if (target.transport !== "tls" || !target.beforeTimeSync) return undefined;
  const identity = target.identity ?? STRICT;
  const isPinned = identity.pins.length > 0 && isIpAddress(target.serverName);
  const caCerts = isPinned || options.caCerts.length > 0
    ? options.caCerts
    : publicAuthorities(name);
  return new Dialer({ ...target, identity }, { ...options, caCerts, isUndated: true });
}

function staleText(upstream: string, { addresses, learned }: SavedAddresses, reason: string) {
  const date = new Date(learned).toISOString().slice(0, 10);
  const list = addresses.join(", ");
  return `Cannot ask for the address of upstream ${upstream}: ${reason}; using ${list}, learned ${date}`;
}
