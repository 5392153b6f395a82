/**
 * Puts the program together: config in, running forwarder out.
 *
 *     UDP and TCP listeners -> resolution: coalescer, upstreams
 *
 * A reload is made of what may fail, and then of what cannot: there is no state in between.
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { ClockFloor } from "../base/clock_floor.ts";
import { inContext, type Logger, logger } from "../base/log.ts";
import { Access } from "../listener/access.ts";
import { ListenerCounters } from "../listener/listener_counters.ts";
import { Refusals } from "../listener/refusals.ts";
import { Notices } from "../listener/notices.ts";
import type { Address } from "../net/address.ts";
import { ClockWatch } from "./clock_watch.ts";
import type { MachineCalls } from "./machine_calls.ts";
import { Disturbances } from "./disturbances.ts";
import { Interfaces } from "./interfaces.ts";
import { keepsTime, KnownTime } from "./known_time.ts";
import { describeChanges } from "./reload/config_changes.ts";
import { Resolutions } from "./reload/resolutions.ts";
import { ForwarderTelling } from "./report/forwarder_telling.ts";
import type { HealthFacts } from "./report/health_state.ts";
import { History } from "./report/history.ts";
import type { Measures } from "./report/measures.ts";
import type { Routes } from "../net/routes.ts";
import { checkLogPermitted, QueryLogs } from "./query_log/query_logs.ts";
import type { ForwarderReport } from "./report/report.ts";
import { Probe } from "./service/probe.ts";
import { announceChange } from "./serving/address_changes.ts";
import { AddressWatch } from "./serving/address_watch.ts";
import { drain } from "./serving/drain.ts";
import { Listeners } from "./serving/listeners.ts";
import type { Config } from "./settings/config.ts";
import { checkFixed, FIXED_IN_CONFIG } from "./settings/fixed_settings.ts";
import { inheritedAddresses } from "./serving/inherited_addresses.ts";
import type { Inherited } from "./service/socket_activation.ts";
import { expandWildcards } from "./settings/listen_address.ts";
import { checkMetrics } from "./settings/metrics_address.ts";
import { checkPermitted, checkUpstreams, refusalOf } from "./settings/upstream_checks.ts";
import { StateDirectory } from "./state_directory.ts";
import type { Summary } from "./summary.ts";
import { stillGoes } from "./unmoved_connections.ts";
import { RELEASED } from "./version.ts";

export interface Forwarder {
  /** The addresses listened on now, with their actual ports; those of inherited sockets last. */
  readonly addresses: readonly Address[];
  /** The addresses that are listened on as soon as this machine has them, or nothing is in the way. */
  readonly awaited: readonly Address[];
  /** Which of them this machine has, and why they cannot be opened all the same. */
  readonly blocked: readonly string[];
  /** How many connections over HTTP there may be, as the system allows descriptors. */
  readonly httpConnections: number;
  /** What the listeners have seen, as it goes on. */
  readonly counters: ListenerCounters;
  summary(): Summary;
  report(): ForwarderReport;
  measures(): Measures;
  /** What the state of health is made of, but for the self-check; cheap. */
  health(): HealthFacts;
  /** Tells clients that ask over DNS whether it is ready, or why it is not. */
  tellReadiness(notReady: readonly string[]): void;
  /** Tells clients on streams from now on not to keep their connections (RFC 7828). */
  announceEnd(): void;
  /** Asks an upstream as for a client; resolves to whether it responded. */
  probe(): Promise<boolean>;
  /** Whether clients of this address are served. */
  allows(host: string): boolean;
  /** What the upstreams respond to `query`, each over a connection of its own. */
  askUpstreams(query: Uint8Array): Promise<readonly Uint8Array[]>;
  /**
   * Connects to each upstream before the first query, and to those of each reload from then on. Returns at once;
   * the log tells what comes of it.
   */
  connectAhead(): void;
  /** The file of the query log, if this run has made it. */
  readonly queryLogFile: string | undefined;
  /** Renews the connections to upstreams because of `reason`; nothing in flight is lost. */
  renew(reason: string): void;
  /**
   * Applies another configuration, complete. Listeners that stay keep their sockets; nothing in flight is lost.
   * Several wait for each other. Rejects with `ConfigError` or `BindError`, and then all is as before; also once
   * `stop()` was called.
   */
  reload(config: Config): Promise<void>;
  /** Stops listening, answers what is in flight for at most `grace` milliseconds, then closes all. */
  stop(grace?: number): Promise<void>;
}

export interface ForwarderOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** The wall clock, in milliseconds since 1970. */
  readonly wall?: () => number;
  /** Sockets to be served as well, and instead of the default addresses; closed by `stop()`. */
  readonly inherited?: Inherited;
  readonly machine?: MachineCalls;
  /** The addresses of this machine. */
  readonly interfaces?: Interfaces;
}

/** Milliseconds for the replies to those whose queries fail because it stops. */
const LAST_REPLIES = 10;

/** Where its own questions come from, as far as clients are kept apart. */
const OWN_ADDRESS: Address = { hostname: "127.0.0.1", port: 0 };

/** Starts to serve; throws `ConfigError` or `BindError`, and then nothing is left open. */
export function startForwarder(config: Config, options: ForwarderOptions = {}): Forwarder {
  const { clock = systemClock, interfaces, log = logger(), wall = Date.now } = options;
  const { inherited, machine } = options;
  return new RunningForwarder(config, clock, log, wall, inherited, machine, interfaces);
}

class RunningForwarder implements Forwarder {
  readonly #clock: Clock;
  readonly #configLog: Logger;
  readonly #listenerLog: Logger;
  readonly #upstreamLog: Logger;
  readonly #telling: ForwarderTelling;
  readonly #state: StateDirectory;
  readonly #floor: ClockFloor;
  readonly #counters = new ListenerCounters();
  readonly #notices = new Notices();
  readonly #probe = new Probe();
  readonly #history: History;
  readonly #access: Access;
  readonly #resolutions: Resolutions;
  readonly #listeners: Listeners;
  readonly #queryLogs: QueryLogs;
  readonly #disturbances: Disturbances;
  readonly #routes: Routes | undefined;
  readonly #interfaces: Interfaces;
  readonly #watch: AddressWatch;
  /** Whether there are inherited sockets, which stand for the default addresses. */
  readonly #isGiven: boolean;
  #config: Config;
  #known: KnownTime | undefined;
  /** Settles with the latest reload, never rejects. */
  #reloading: Promise<void> = Promise.resolve();
  #isStopping = false;
  /** Whether upstreams are connected to before a query asks for it. */
  #connectsAhead = false;

  constructor(
    config: Config,
    clock: Clock,
    log: Logger,
    wall: () => number,
    inherited: Inherited | undefined,
    machine: MachineCalls | undefined,
    interfaces = new Interfaces(),
  ) {
    this.#interfaces = interfaces;
    this.#routes = machine?.routes;
    this.#isGiven = inherited !== undefined;
    const addresses = this.#wanted(config);
    const given = inherited ? inheritedAddresses(inherited) : [];
    const inheritedOnes = given.map(({ wanted }) => wanted);
    const expected = [...addresses, ...inheritedOnes, ...this.#expand(inheritedOnes)];
    checkUpstreams(config, expected);
    checkMetrics(config.metrics, expected);
    this.#config = config;
    this.#clock = clock;
    this.#configLog = inContext(log, { category: "config" });
    this.#history = new History(clock, this.#counters);
    const state = inContext(log, { category: "state" });
    this.#state = new StateDirectory(config.stateDirectory, state);
    this.#floor = new ClockFloor({ built: RELEASED, wall });
    this.#known = this.#knownTime(config);
    const context = { clock, floor: this.#floor, state: this.#state };
    this.#upstreamLog = inContext(log, { category: "upstream" });
    this.#resolutions = new Resolutions(config, context, this.#upstreamLog);
    this.#listenerLog = inContext(log, { category: "listener" });
    this.#access = new Access(this.#networks(config), new Refusals(this.#listenerLog));
    const shared = {
      counters: this.#counters,
      access: this.#access,
      notices: this.#notices,
      clock,
      log: this.#listenerLog,
    };
    this.#tellOfItself(config);
    this.#listeners = new Listeners(config, { ...shared, given, machine, expand: this.#expand });
    const change = this.#listeners.change(addresses);
    this.#queryLogs = new QueryLogs(clock, inContext(log, { category: "log" }), wall);
    this.#queryLogs.change(config.queryLog);
    this.#listeners.apply(change, config, this.#answeringFor, this.#queryLogs.current);
    const clockLog = inContext(log, { category: "clock" });
    const watch = new ClockWatch(this.#floor, clockLog, () => this.#resolutions.renew());
    this.#telling = new ForwarderTelling({
      clock,
      counters: this.#counters,
      history: this.#history,
      resolutions: this.#resolutions,
      listeners: this.#listeners,
      queryLogs: this.#queryLogs,
    });
    this.#watch = new AddressWatch({
      interfaces,
      wanted: () => this.#config.listen,
      served: () => this.#listeners.own,
      awaited: () => this.#listeners.awaited,
      onChange: () => this.#access.serve(this.#networks(this.#config)),
      onLook: (gone) => this.#follow(gone),
    });
    this.#disturbances = new Disturbances({
      clock,
      wall,
      addresses: () => this.#interfaces.list().map(({ address }) => address),
      onClockSet: () => this.#floor.onClockSet(),
      onDisturbance: (reason) => this.renew(reason),
      onAddresses: () => this.#onAddresses(),
      onLook: () => {
        if (this.#history.look()) this.#resolutions.records.turn();
        watch.look();
        this.#resolutions.look();
        this.#known?.look();
        this.#watch.tick();
      },
    });
    this.#disturbances.start();
  }

  get addresses(): readonly Address[] {
    return this.#listeners.addresses;
  }

  get httpConnections(): number {
    return this.#listeners.httpConnections;
  }

  get awaited(): readonly Address[] {
    return this.#listeners.awaited;
  }

  get blocked(): readonly string[] {
    return this.#listeners.blocked;
  }

  get counters(): ListenerCounters {
    return this.#counters;
  }

  get queryLogFile(): string | undefined {
    return this.#queryLogs.ownFile;
  }

  askUpstreams(query: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.#resolutions.current.askUpstreams(query);
  }

  connectAhead(): void {
    this.#connectsAhead = true;
    this.#resolutions.current.connectAhead();
  }

  summary(): Summary {
    return this.#telling.summary();
  }

  report(): ForwarderReport {
    return this.#telling.report();
  }

  measures(): Measures {
    return this.#telling.measures();
  }

  health(): HealthFacts {
    return this.#telling.health();
  }

  tellReadiness(notReady: readonly string[]): void {
    this.#notices.tellReadiness(notReady);
  }

  announceEnd(): void {
    this.#notices.isEnding = true;
  }

  probe(): Promise<boolean> {
    return this.#probe.ask(this.#resolutions.current.answering(OWN_ADDRESS, -1));
  }

  allows(host: string): boolean {
    return this.#access.allows(host);
  }

  renew(reason: string): void {
    this.#upstreamLog.info(`${reason}: renewing the connections to upstreams`);
    this.#access.serve(this.#networks(this.#config));
    this.#resolutions.renew();
  }

  /** Interfaces of containers come and go: only what they are on the way of is renewed. */
  #onAddresses(): void {
    this.#access.serve(this.#networks(this.#config));
    const isUnmoved = this.#routes && stillGoes(this.#routes, this.#interfaces.list());
    const what = "The addresses of this machine changed";
    if (this.#resolutions.renew(isUnmoved)) {
      this.#upstreamLog.info(`${what}: renewing the connections to upstreams`);
    } else this.#upstreamLog.debug(`${what}; no connection to an upstream is affected`);
  }

  reload(config: Config): Promise<void> {
    const result = this.#reloading.then(() => this.#reload(config));
    this.#reloading = result.catch(() => {/* the caller is told */});
    return result;
  }

  async stop(grace = 0): Promise<void> {
    this.#isStopping = true;
    this.#disturbances.stop();
    this.#known?.stop();
    this.#listeners.stopTaking();
    await drain([this.#listeners], this.#clock, grace);
    this.#resolutions.stop();
    await drain([this.#listeners], this.#clock, LAST_REPLIES);
    await this.#listeners.close();
    await this.#queryLogs.close();
    await this.#state.settled();
  }

  async #reload(config: Config): Promise<void> {
    this.#refuseWhileStopping();
    checkFixed(FIXED_IN_CONFIG, this.#config, config);
    checkPermitted(config.upstreams);
    checkLogPermitted(config.queryLog);
    const addresses = this.#wanted(config);
    const expected = this.#listeners.expected(addresses);
    checkUpstreams(config, expected);
    checkMetrics(config.metrics, expected);
    const next = this.#resolutions.prepare(config);
    await this.#listeners.left(addresses);
    this.#refuseWhileStopping();
    const before = this.addresses;
    const change = this.#listeners.change(addresses);
    // From here on nothing fails.
    if (next) this.#resolutions.replace(next);
    this.#queryLogs.change(config.queryLog);
    this.#listeners.apply(change, config, this.#answeringFor, this.#queryLogs.current);
    this.#access.serve(this.#networks(config));
    this.#tellOfItself(config);
    this.#known = this.#knownTime(config);
    if (!next) this.#resolutions.renew();
    else if (this.#connectsAhead) this.#resolutions.current.connectAhead();
    const what = describeChanges(this.#config, config, {
      opened: this.addresses.filter((each) => !before.includes(each)),
      removed: before.filter((each) => !this.addresses.includes(each)),
      isResolutionNew: next !== undefined,
    });
    this.#config = config;
    this.#configLog.info(`Configuration reloaded: ${what}`);
  }

  #tellOfItself({ health, identity }: Config): void {
    this.#notices.tellBy(health.readyName);
    this.#notices.tellIdentity(identity.nsid ? identity.identity : "");
  }

  /** Serves the addresses that this machine has by now, those that are to be served. */
  #follow(gone: readonly Address[]): void {
    const before = this.addresses;
    const addresses = this.#wanted(this.#config);
    const refusal = (address: Address) => refusalOf(this.#config, address);
    const change = this.#listeners.follow(addresses, gone, refusal);
    if (change === undefined) return;
    this.#listeners.apply(change, this.#config, this.#answeringFor, this.#queryLogs.current);
    announceChange(before, this.addresses, this.#listeners.awaited, this.#listenerLog);
  }

  #refuseWhileStopping(): void {
    if (this.#isStopping) throw new Error("The program is stopping");
  }

  /** The one there is, if the time is to be kept. */
  #knownTime(config: Config): KnownTime | undefined {
    if (!keepsTime(config)) return void this.#known?.stop();
    return this.#known ?? new KnownTime(this.#state, this.#floor, this.#clock);
  }

  readonly #answeringFor = (address: Address, number: number) =>
    this.#resolutions.current.answering(address, number);

  /** The addresses to open, each by itself. */
  #wanted({ isDefaultListen, listen }: Config): Address[] {
    return this.#isGiven && isDefaultListen ? [] : this.#expand(listen);
  }

  readonly #expand = (addresses: readonly Address[]): Address[] =>
    expandWildcards(addresses, this.#interfaces.list());

  /** Whose clients are served besides the local ones. */
  #networks({ allow }: Config): string[] {
    return [...this.#interfaces.list().map(({ cidr }) => cidr), ...allow];
  }
}
