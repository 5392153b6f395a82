/** The upstreams of a configuration, put together to one resolver, or to as many as are needed. */

import type { Logger } from "../base/log.ts";
import { isLoopback } from "../net/address.ts";
import type { Dialer } from "../net/dialer.ts";
import type { IsolatedResolver } from "../resolver/isolation.ts";
import { makePolicy } from "../resolver/pool/policy.ts";
import { Pool } from "../resolver/pool/pool.ts";
import type { PoolNews } from "../resolver/pool/pool_news.ts";
import { type StandIn, TimeSync } from "../resolver/time_sync.ts";
import { Upstream } from "../resolver/upstream/upstream.ts";
import { Limit } from "./settings/config.ts";
import type { Prepared, UpstreamsContext } from "./prepared_upstreams.ts";
import { isOpportunistic, shortName, timeSyncNames } from "./settings/upstream_uri.ts";

/** Queries pending at a time, and message IDs for them; all there are unless given. */
export interface Size {
  readonly capacity: number;
  readonly ids?: number;
}

/**
 * Upstreams with connections of their own, as one resolver; `log` and `news` are for them together. Connects to
 * nothing yet.
 */
export function makeUpstreams(
  prepared: readonly Prepared[],
  size: Size,
  context: UpstreamsContext,
  log: Logger,
  news: PoolNews,
): IsolatedResolver {
  const upstreams = prepared.map((each) => makeUpstream(each, size, context));
  prepared.forEach(({ live }, at) => live.add(upstreams[at]));
  const all = asOne(upstreams, size.capacity, context, { log, news });
  const names = timeSyncNames(context.config.upstreams);
  const open = () => openStandIns(prepared, upstreams, context, log);
  const timeSync = names.length === 0
    ? undefined
    : new TimeSync({ floor: context.floor, names, upstreams: all.resolver, open });
  return {
    resolver: timeSync ?? all.resolver,
    get isBusy() {
      return all.isBusy || timeSync?.isBusy === true;
    },
    get isConnected() {
      return all.isConnected || timeSync?.isConnected === true;
    },
    look: () => timeSync?.look(),
    renew: (isUnmoved) => {
      prepared.forEach(({ dialer }, at) => {
        if (!isUnmoved || !upstreams[at].isUnmoved(isUnmoved)) dialer.forgetSession();
      });
      const isRenewed = all.renew(isUnmoved);
      return timeSync?.renew(isUnmoved) === true || isRenewed;
    },
    stop: () => {
      timeSync?.stop();
      all.stop();
      prepared.forEach(({ live }, at) => live.delete(upstreams[at]));
    },
  };
}

/** Several upstreams as one resolver; only those in `own` are renewed and stopped with it. */
function asOne(
  upstreams: readonly Upstream[],
  capacity: number,
  { clock, config }: UpstreamsContext,
  logs: { readonly log: Logger; readonly news?: PoolNews },
  own = upstreams,
): StandIn {
  const pool = upstreams.length > 1
    ? new Pool({
      upstreams,
      policy: makePolicy(config.policy),
      capacity,
      deadline: Limit.DEADLINE,
      clock,
      ...logs,
    })
    : undefined;
  return {
    resolver: pool ?? upstreams[0],
    get isBusy() {
      return own.some(({ pending }) => pending > 0);
    },
    get isConnected() {
      return own.some(({ isConnected }) => isConnected);
    },
    renew: (isUnmoved) => {
      const moved = own.filter((each) => !isUnmoved || !each.isUnmoved(isUnmoved));
      const isRenewed = moved.some(({ isConnected }) => isConnected);
      for (const upstream of moved) upstream.renew();
      if (moved.length > 0) pool?.renew();
      return isRenewed;
    },
    stop: (next) => {
      for (const upstream of own) upstream.stop(next);
      if (!next) pool?.stop();
    },
  };
}

function makeUpstream(prepared: Prepared, size: Size, context: UpstreamsContext): Upstream {
  const { dialer, name, target } = prepared;
  return new Upstream({
    ...commonOptions(prepared, dialer, context),
    ...size,
    name,
    isTrusted: !isOpportunistic(target) &&
      (target.transport !== "tcp" || isLoopback(target.hostname)),
    connections: context.config.limits.upstreamConnections,
  });
}

/**
 * Who is asked for a few names before the clock is set: upstreams like those that allow it, and the others
 * as they are, which may check no certificate.
 */
function openStandIns(
  prepared: readonly Prepared[],
  upstreams: readonly Upstream[],
  context: UpstreamsContext,
  log: Logger,
): StandIn {
  const all = prepared.map((each, at) =>
    each.undated ? makeStandIn(each, each.undated, context) : upstreams[at]
  );
  const own = all.filter((each) => !upstreams.includes(each));
  const names = prepared.filter(({ undated }) => undated).map(({ name }) => name).join(", ");
  log.warning(
    `Asking ${names} for the names in before-time-sync, without regard to validity periods`,
  );
  return asOne(all, Limit.TIME_SYNC_IN_FLIGHT, context, { log }, own);
}

/** For as long as the clock is wrong; a server let in this way is not believed that it has validated anything. */
function makeStandIn(prepared: Prepared, dialer: Dialer, context: UpstreamsContext): Upstream {
  return new Upstream({
    ...commonOptions(prepared, dialer, context),
    name: `${prepared.name} (before time sync)`,
    isTrusted: false,
    capacity: Limit.TIME_SYNC_IN_FLIGHT,
    connections: 1,
  });
}

function commonOptions(
  { counters, edns, log, target }: Prepared,
  dialer: Dialer,
  { clock }: UpstreamsContext,
) {
  return {
    label: shortName(target),
    isEncrypted: target.transport === "tls",
    deadline: Limit.DEADLINE,
    idle: Limit.UPSTREAM_IDLE,
    counters,
    edns,
    clock,
    log,
    dial: () => dialer.dial(),
  };
}
