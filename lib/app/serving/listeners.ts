/**
 * All addresses that are served. They can be others while it goes on: what stays keeps its sockets, and with them
 * the clients that wait and their connections.
 *
 *     change() opens what is new, or throws and has changed nothing --> apply() cannot fail
 *     follow() opens what has come to this machine, and gives up what has gone --> apply()
 *
 *     served --wanted no more--> leaving: takes what has arrived, then nothing; answers, closes
 *     served --gone from this machine--> closed, and awaited if it is wanted by itself
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { Access } from "../../listener/access.ts";
import type { StreamLimits } from "../../listener/client_connection.ts";
import { ConnectionLimits } from "../../listener/connection_limits.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import type { Notices } from "../../listener/notices.ts";
import { OwnAddresses } from "../../listener/own_addresses.ts";
import type { QueryLog } from "../../listener/query_log.ts";
import { ResponseRate } from "../../listener/response_rate.ts";
import { Unsent } from "../../listener/unsent.ts";
import { type Address, isSameAddress } from "../../net/address.ts";
import type { MachineCalls } from "../machine_calls.ts";
import type { ConfigError } from "../settings/config_error.ts";
import type { Answering } from "../../resolver/resolver.ts";
import { type Config, Limit } from "../settings/config.ts";
import type { TableUse } from "../report/report.ts";
import type { Limits } from "../settings/limits.ts";
import { UdpIoChooser } from "../udp_io.ts";
import { addressChanges } from "./address_changes.ts";
import { AwaitedAddresses } from "./awaited_addresses.ts";
import { ConnectionRoom } from "./connection_room.ts";
import { drain } from "./drain.ts";
import { type FailedAddress, openEach, openOrRefuse } from "./open_addresses.ts";
import {
  actualAddress,
  type ListenerSettings,
  type OpenAddress,
  ServedAddress,
  type Shared,
} from "./served_address.ts";

export interface ListenersOptions {
  /** Addresses that are open from the start, and served to the end. */
  readonly given: readonly OpenAddress[];
  /** The addresses of this machine that each of these stands for. */
  readonly expand: (addresses: readonly Address[]) => readonly Address[];
  readonly counters: ListenerCounters;
  readonly access: Access;
  readonly notices?: Notices;
  readonly machine?: MachineCalls;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who answers the clients of a listening address, by its number. */
export type AnsweringFor = (address: Address, number: number) => Answering;

/** What is to be served: what is there already, and what is open and waits for `apply()`. */
export interface Change {
  readonly plan: readonly (ServedAddress | OpenAddress)[];
  readonly removed: readonly ServedAddress[];
  /** What this machine has no more: nothing can leave from there. */
  readonly gone?: readonly ServedAddress[];
  /** What is wanted and not open. */
  readonly failed: readonly FailedAddress[];
}

/** Milliseconds in which an address that is wanted no more still takes: what its clients have sent by then. */
const LINGER = 50;
/** Milliseconds until it closes whatever it owes: by then each query had its deadline. */
const MAX_LEAVING = Limit.DEADLINE + 500;

export class Listeners {
  readonly #shared: Shared;
  readonly #places: ConnectionLimits;
  readonly #room: ConnectionRoom;
  readonly #chooser: UdpIoChooser;
  readonly #expand: ListenersOptions["expand"];
  readonly #awaited: AwaitedAddresses;
  #given: readonly (ServedAddress | OpenAddress)[];
  #served: readonly ServedAddress[] = [];
  readonly #leaving = new Map<ServedAddress, Promise<void>>();
  #rate: ResponseRate | undefined;
  #perSecond = 0;
  #opened = 0;

  /** Of `config`, only how datagrams are moved is taken; `change()` and `apply()` do the rest. */
  constructor({ limits, udpIo }: Config, { given, expand, machine, ...options }: ListenersOptions) {
    this.#given = given;
    this.#expand = expand;
    this.#places = new ConnectionLimits(limits.tcpConnections, limits.tcpConnectionsPerClient);
    this.#room = new ConnectionRoom(options.log, machine?.descriptors);
    this.#chooser = new UdpIoChooser(udpIo, options.log);
    this.#awaited = new AwaitedAddresses(options.log);
    const unread = { streamReset: machine?.streamReset, unsent: new Unsent() };
    this.#shared = { ...options, ...unread, limits: this.#places };
  }

  /** The addresses served, with their actual ports; those that were given last. */
  get addresses(): readonly Address[] {
    return [...this.#served.map(({ address }) => address), ...this.#given.map(addressIn)];
  }

  /** Those of them that were opened here. */
  get own(): readonly Address[] {
    return this.#served.map(({ address }) => address);
  }

  /** The addresses that will be served once this machine has them, or nothing is in their way. */
  get awaited(): readonly Address[] {
    return this.#awaited.list;
  }

  /** Of those that this machine has, and that cannot be opened all the same: which, and why. */
  get blocked(): readonly string[] {
    return this.#awaited.blocked;
  }

  /** The tables of the listeners; those of clients are that of the listener with the most. */
  get tables(): readonly TableUse[] {
    const clients = this.#all.map((each) => each.clients);
    const { limit, open } = this.#places;
    const most = (of: "udp" | "tcp") => Math.max(0, ...clients.map((each) => each[of]));
    return [
      { name: "UDP clients", used: most("udp"), limit: Limit.IN_FLIGHT },
      { name: "TCP clients", used: most("tcp"), limit: Limit.TCP_IN_FLIGHT },
      { name: "TCP connections", used: open, limit },
    ];
  }

  /** How many connections over HTTP there may be. */
  get httpConnections(): number {
    return this.#room.http;
  }

  /** Replies that are owed. */
  get waiting(): number {
    return this.#all.reduce((sum, each) => sum + each.waiting, 0);
  }

  /** The addresses as they will be: with the actual ports of those that are there already. */
  expected(wanted: readonly Address[]): readonly Address[] {
    const { plan } = addressChanges(this.#served, wanted);
    const given = this.#given.map(addressIn);
    const own = plan.map((each) => each instanceof ServedAddress ? each.address : each);
    // A socket for all addresses takes what no interface has as well, such as all of 127.0.0.0/8.
    return [...own, ...given, ...this.#expand(given)];
  }

  /** Resolves once none of `wanted` is still open from before. */
  async left(wanted: readonly Address[]): Promise<void> {
    const isWanted = ({ address }: ServedAddress) =>
      wanted.some((each) => isSameAddress(each, address));
    await Promise.all([...this.#leaving].flatMap(([each, end]) => isWanted(each) ? [end] : []));
  }

  /**
   * Opens what of `wanted` is not there; to be given to `apply()`. What this machine does not have is awaited.
   * Throws `BindError` or `ConfigError` for any other reason, and then nothing new is open.
   */
  change(wanted: readonly Address[]): Change {
    const { plan, removed } = addressChanges(this.#served, wanted);
    const { open, failed } = openOrRefuse(plan.filter(isToOpen), this.#chooser);
    // Later it may be forbidden to open the C library.
    if (failed.length > 0) this.#chooser.prepare();
    return { plan: withOpen(plan, open), removed, failed };
  }

  /**
   * Opens what of `wanted` is not there and can be opened by now, but for what `refusal` gives a reason against;
   * `gone` are addresses of it that this machine has no more. Undefined: there is nothing to apply.
   */
  follow(
    wanted: readonly Address[],
    gone: readonly Address[],
    refusal: (address: Address) => ConfigError | undefined,
  ): Change | undefined {
    const here = this.#served.filter(({ address }) => !gone.includes(address));
    const { plan, removed } = addressChanges(here, wanted);
    const fresh = plan.filter(isToOpen);
    const refused = fresh.flatMap((address): FailedAddress[] => {
      const reason = refusal(address);
      return reason ? [{ address, reason }] : [];
    });
    const free = fresh.filter((each) =>
      !this.#isLeaving(each) && refused.every(({ address }) => address !== each)
    );
    const { open, failed } = openEach(free, this.#chooser);
    const lost = this.#served.filter((each) => !here.includes(each) || removed.includes(each));
    const change = { plan: withOpen(plan, open), removed: [], gone: lost };
    const still = [...refused, ...failed];
    if (open.length > 0 || lost.length > 0) return { ...change, failed: still };
    this.#awaited.await(still);
    return undefined;
  }

  /** Serves what `change()` gave, as `config` says, and is answered by `answeringFor`; tells `queryLog`, if given. */
  apply(
    { failed, gone = [], plan, removed }: Change,
    { isolate, limits, truncate, upstreams }: Config,
    answeringFor: AnsweringFor,
    queryLog?: QueryLog,
  ): void {
    const addresses = plan.length + this.#given.length;
    const keys = { client: limits.isolated, listener: addresses };
    const connections = upstreams.length * (isolate === undefined ? 1 : keys[isolate]);
    const places = this.#room.limit(limits.tcpConnections, addresses, connections);
    this.#places.change(places, limits.tcpConnectionsPerClient);
    const given = this.#expand(this.#given.map(addressIn));
    const own = new OwnAddresses([...plan.map(addressIn), ...given]);
    const rate = this.#rateOf(limits);
    const settings = { truncate, own, rate, queryLog, ...streamSettings(limits) };
    const serve = (each: ServedAddress | OpenAddress) => {
      if (!(each instanceof ServedAddress)) return this.#serve(each, settings, answeringFor);
      each.change(settings);
      each.answerBy(answeringFor(each.address, each.number));
      return each;
    };
    this.#served = plan.map(serve);
    this.#given = this.#given.map(serve);
    for (const each of removed) this.#leaving.set(each, this.#leave(each));
    for (const each of gone) this.#leaving.set(each, this.#end(each));
    const had = (address: Address) => gone.some(({ wanted }) => isSameAddress(wanted, address));
    this.#awaited.await(failed, had);
  }

  stopTaking(): void {
    for (const each of this.#all) each.stopTaking();
  }

  /** Closes all; resolves once nothing of it is left. */
  async close(): Promise<void> {
    for (const each of this.#all) each.close();
    await Promise.all(this.#leaving.values());
  }

  get #all(): ServedAddress[] {
    const given = this.#given.filter((each) => each instanceof ServedAddress);
    return [...this.#served, ...given, ...this.#leaving.keys()];
  }

  /** Whether its sockets are still open from before. */
  #isLeaving(wanted: Address): boolean {
    return [...this.#leaving.keys()].some(({ address }) => isSameAddress(address, wanted));
  }

  #serve(
    open: OpenAddress,
    settings: ListenerSettings,
    answeringFor: AnsweringFor,
  ): ServedAddress {
    const number = this.#opened++;
    const answering = answeringFor(addressIn(open), number);
    const served = new ServedAddress(open, number, answering, settings, this.#shared);
    served.run();
    return served;
  }

  async #leave(each: ServedAddress): Promise<void> {
    const { clock } = this.#shared;
    await new Promise<void>((resolve) => clock.after(LINGER, resolve));
    each.stopTaking();
    await drain([each], clock, MAX_LEAVING);
    await this.#end(each);
  }

  async #end(each: ServedAddress): Promise<void> {
    each.close();
    await each.ended();
    this.#leaving.delete(each);
  }

  /** The same as long as the limit is, as it knows who has had how much. */
  #rateOf({ responsesPerSecond }: Limits): ResponseRate | undefined {
    if (responsesPerSecond === this.#perSecond) return this.#rate;
    this.#perSecond = responsesPerSecond;
    const { log } = this.#shared;
    return this.#rate = responsesPerSecond > 0
      ? new ResponseRate(responsesPerSecond, log)
      : undefined;
  }
}

function addressIn(each: ServedAddress | OpenAddress): Address {
  return each instanceof ServedAddress ? each.address : actualAddress(each);
}

function isToOpen(each: ServedAddress | Address): each is Address {
  return !(each instanceof ServedAddress);
}

/** What of `plan` is open by now. */
function withOpen(
  plan: readonly (ServedAddress | Address)[],
  open: readonly OpenAddress[],
): (ServedAddress | OpenAddress)[] {
  return plan.flatMap((each): (ServedAddress | OpenAddress)[] =>
    isToOpen(each) ? open.filter(({ wanted }) => wanted === each) : [each]
  );
}

function streamSettings(limits: Limits) {
  const stream: StreamLimits = {
    idle: limits.tcpIdleSeconds * 1000,
    inFlight: limits.tcpInFlight,
    queries: limits.tcpQueries || Infinity,
    lifetime: limits.tcpLifetimeSeconds * 1000 || Infinity,
  };
  return { stream, keepalive: Math.max(stream.idle, Limit.TCP_KEEPALIVE) };
}
