/**
 * All addresses that are served. They can be others while it goes on: what stays keeps its sockets, and with them
 * the clients that wait and their connections.
 *
 *     change() opens what is new, or throws and has changed nothing --> apply() cannot fail
 *
 *     served --wanted no more--> leaving: takes what has arrived, then nothing; answers, closes
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
import { type Address, formatAddress } from "../../net/address.ts";
import type { Answering } from "../../resolver/resolver.ts";
import { type Config, Limit } from "../settings/config.ts";
import type { TableUse } from "../report/report.ts";
import type { Limits } from "../settings/limits.ts";
import { UdpIoChooser } from "../udp_io.ts";
import { addressChanges } from "./address_changes.ts";
import { drain } from "./drain.ts";
import { openAddresses } from "./open_addresses.ts";
import {
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
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who answers the clients of a listening address, by its number. */
export type AnsweringFor = (address: Address, number: number) => Answering;

/** What is to be served: what is there already, and what is open and waits for `apply()`. */
export interface Change {
  readonly plan: readonly (ServedAddress | OpenAddress)[];
  readonly removed: readonly ServedAddress[];
}

/** Milliseconds in which an address that is wanted no more still takes: what its clients have sent by then. */
const LINGER = 50;
/** Milliseconds until it closes whatever it owes: by then each query had its deadline. */
const MAX_LEAVING = Limit.DEADLINE + 500;

export class Listeners {
  readonly #shared: Shared;
  readonly #places: ConnectionLimits;
  readonly #chooser: UdpIoChooser;
  readonly #expand: ListenersOptions["expand"];
  #given: readonly (ServedAddress | OpenAddress)[];
  #served: readonly ServedAddress[] = [];
  readonly #leaving = new Map<ServedAddress, Promise<void>>();
  #rate: ResponseRate | undefined;
  #perSecond = 0;
  #opened = 0;

  /** Of `config`, only how datagrams are moved is taken; `change()` and `apply()` do the rest. */
  constructor({ limits, udpIo }: Config, { given, expand, ...options }: ListenersOptions) {
    this.#given = given;
    this.#expand = expand;
    this.#places = new ConnectionLimits(limits.tcpConnections, limits.tcpConnectionsPerClient);
    this.#chooser = new UdpIoChooser(udpIo, options.log);
    this.#shared = { ...options, limits: this.#places };
  }

  /** The addresses served, with their actual ports; those that were given last. */
  get addresses(): readonly Address[] {
    return [...this.#served.map(({ address }) => address), ...this.#given.map(addressIn)];
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

  /** Replies that are owed. */
  get waiting(): number {
    return this.#all.reduce((sum, each) => sum + each.waiting, 0);
  }

  /** The addresses as they will be: with the actual ports of those that are there already. */
  expected(wanted: readonly Address[]): readonly Address[] {
    const { plan } = addressChanges(this.#served, wanted);
    const given = this.#expand(this.#given.map(addressIn));
    return [...plan.map((each) => each instanceof ServedAddress ? each.address : each), ...given];
  }

  /** Resolves once none of `wanted` is still open from before. */
  async left(wanted: readonly Address[]): Promise<void> {
    const names = wanted.map(formatAddress);
    const isWanted = ({ address }: ServedAddress) => names.includes(formatAddress(address));
    await Promise.all([...this.#leaving].flatMap(([each, end]) => isWanted(each) ? [end] : []));
  }

  /**
   * Opens what of `wanted` is not there; to be given to `apply()`. Throws `BindError` or `ConfigError`, and then
   * nothing new is open. With `isDefault` a part may be missing.
   */
  change(wanted: readonly Address[], isDefault: boolean): Change {
    const { plan, removed } = addressChanges(this.#served, wanted);
    const fresh = plan.flatMap((each) => each instanceof ServedAddress ? [] : [each]);
    const stay = plan.length - fresh.length;
    const mayMiss = (opened: number) => isDefault && stay + opened > 0;
    const opened = openAddresses(fresh, mayMiss, this.#chooser, this.#shared.log);
    return {
      plan: plan.flatMap((each): (ServedAddress | OpenAddress)[] =>
        each instanceof ServedAddress ? [each] : opened.filter(({ wanted }) => wanted === each)
      ),
      removed,
    };
  }

  /** Serves what `change()` gave, as `config` says, and is answered by `answeringFor`; tells `queryLog`, if given. */
  apply(
    { plan, removed }: Change,
    { limits, truncate }: Config,
    answeringFor: AnsweringFor,
    queryLog?: QueryLog,
  ): void {
    this.#places.change(limits.tcpConnections, limits.tcpConnectionsPerClient);
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
  if (each instanceof ServedAddress) return each.address;
  return each.socket?.address ?? each.tcp?.addr ?? each.wanted;
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
