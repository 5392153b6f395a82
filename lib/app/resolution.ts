/**
 * What the listeners ask: one chain of resolvers for all clients, or one for each client or listener
 * (`--isolate`). Layers between listeners and upstream are put in here and nowhere else.
 *
 *     listeners ---------------> chain: coalescer -> pool, if there are several upstreams -> upstream
 *     listeners -> isolation --> chain for each key, with connections of its own
 */

import type { Clock } from "../base/clock.ts";
import { inContext, type Logger } from "../base/log.ts";
import type { Address } from "../net/address.ts";
import { Coalescer } from "../resolver/coalescer.ts";
import { type IsolatedResolver, Isolation } from "../resolver/isolation.ts";
import { makePolicy } from "../resolver/pool/policy.ts";
import { PoolNews } from "../resolver/pool/pool_news.ts";
import type { QuestionCounters } from "../resolver/question_counters.ts";
import type { Answering, Resolver } from "../resolver/resolver.ts";
import type { IsUnmoved } from "../resolver/unmoved.ts";
import { type IsolationName, Limit } from "./settings/config.ts";
import { isLinkLocal } from "../net/address.ts";
import { SharedLog } from "./shared_log.ts";
import type { TableUse } from "./report/report.ts";
import { type Prepared, prepareUpstreams, type UpstreamsContext } from "./prepared_upstreams.ts";
import { askDirectly } from "./service/direct_question.ts";
import { makeUpstreams, type Size } from "./upstreams.ts";

export interface Resolution {
  /** Who answers the clients of a listening address, the one with this number; UDP and TCP are one. */
  answering(address: Address, number: number): Answering;
  /** The upstreams, in the order of the configuration. */
  readonly upstreams: readonly Prepared[];
  /** How full its tables are, besides those of upstreams. */
  readonly tables: readonly TableUse[];
  /** What the upstreams respond to `query`, each over a connection of its own. */
  askUpstreams(query: Uint8Array): Promise<readonly Uint8Array[]>;
  /** Connects to each upstream before the first query; returns at once, and the log tells what comes of it. */
  connectAhead(): void;
  /** Whether a query has no outcome yet. */
  readonly isBusy: boolean;
  /** To be called every second or so: whether the clock is still wrong. */
  look(): void;
  /**
   * The network is not what it was: connections are renewed, and failures forgotten, but for what `isUnmoved` if that
   * is given. Says whether any connection is renewed.
   */
  renew(isUnmoved?: IsUnmoved): boolean;
  /** Ends everything: what is pending fails. */
  stop(): void;
}

/** What is the same however clients are kept apart. */
type Common = Pick<Resolution, "askUpstreams" | "upstreams">;

/**
 * A client asks as much at a time as a burst of a thousand; a listener has as many clients as there would be
 * without isolation.
 */
const SIZES: Readonly<Record<IsolationName, Size>> = {
  client: { capacity: Limit.CLIENT_IN_FLIGHT, ids: Limit.CLIENT_IDS },
  listener: { capacity: Limit.IN_FLIGHT },
};

/**
 * Counts questions in `questions`. Connects to nothing yet: `connectAhead()` or the first query does. Throws `ConfigError` for a
 * file that is no good.
 */
export function makeResolution(
  context: UpstreamsContext,
  log: Logger,
  questions: QuestionCounters,
): Resolution {
  const { clock, config } = context;
  const makeLog = (upstream?: string) => {
    const own = inContext(log, { category: "upstream", upstream });
    return config.isolate === undefined ? own : new SharedLog(own, clock);
  };
  const prepared = prepareUpstreams(context, makeLog);
  const chainLog = makeLog();
  const names = prepared.map(({ name }) => name);
  const news = new PoolNews(names, makePolicy(config.policy).isOrdered, chainLog);
  const makeChain = (size: Size) => {
    const upstreams = makeUpstreams(prepared, size, context, chainLog, news);
    return new Chain(upstreams, size.capacity, clock, questions);
  };
  const { isolate, limits } = config;
  const common: Common = {
    upstreams: prepared,
    askUpstreams: (query) => askDirectly(prepared, query),
  };
  if (isolate === undefined) {
    return forAll(makeChain({ capacity: Limit.IN_FLIGHT }), common);
  }
  const isolation = new Isolation({
    most: limits.isolated,
    idle: Limit.UPSTREAM_IDLE,
    make: () => makeChain(SIZES[isolate]),
    what: `${isolate}s`,
    clock,
    log,
  });
  return forEach(isolation, isolate, common);
}

/** All that stands between listeners and the sockets of upstreams. */
class Chain implements IsolatedResolver {
  readonly resolver: Resolver;
  readonly #upstreams: IsolatedResolver;

  constructor(
    upstreams: IsolatedResolver,
    capacity: number,
    clock: Clock,
    counters: QuestionCounters,
  ) {
    this.#upstreams = upstreams;
    this.resolver = new Coalescer(upstreams.resolver, { capacity, clock, counters });
  }

  get isBusy(): boolean {
    return this.#upstreams.isBusy;
  }

  get isConnected(): boolean {
    return this.#upstreams.isConnected;
  }

  look(): void {
    this.#upstreams.look();
  }

  renew(isUnmoved?: IsUnmoved): boolean {
    return this.#upstreams.renew(isUnmoved);
  }

  stop(): void {
    this.#upstreams.stop();
  }
}

function forAll(chain: Chain, common: Common): Resolution {
  return {
    ...common,
    tables: [],
    get isBusy() {
      return chain.isBusy;
    },
    answering: () => ({ resolver: chain.resolver }),
    connectAhead: () => connectAhead(common),
    look: () => chain.look(),
    renew: (isUnmoved) => chain.renew(isUnmoved),
    stop: () => chain.stop(),
  };
}

function forEach(isolation: Isolation, by: IsolationName, common: Common): Resolution {
  return {
    ...common,
    get tables() {
      return [{ name: `isolated ${by}s`, used: isolation.size, limit: isolation.most }];
    },
    get isBusy() {
      return isolation.isBusy;
    },
    connectAhead: () => {
      isolation.prepare();
      connectAhead(common);
    },
    answering: ({ hostname }, number) => answeringOf(isolation, by, hostname, number),
    look: () => isolation.look(),
    renew: (isUnmoved) => isolation.renew(isUnmoved),
    stop: () => isolation.stop(),
  };
}

function connectAhead({ upstreams }: Common): void {
  for (const { live } of upstreams) {
    for (const upstream of live) upstream.connectAhead();
  }
}

function answeringOf(
  isolation: Isolation,
  by: IsolationName,
  hostname: string,
  number: number,
): Answering {
  if (by === "listener") return { resolver: isolation.ofKey(`${number}`) };
  // The same address may be that of another host on another link (RFC 4007, 6).
  const clients = isLinkLocal(hostname)
    ? { resolverFor: (host: string) => isolation.resolverFor(`${host} ${number}`) }
    : isolation;
  return { resolver: isolation.refusing, clients };
}
