/**
 * One TCP address that clients ask (RFC 7766). It accepts connections within the limits, looks at each
 * query, hands it to the resolver, and writes the reply; the connections do the reading and writing.
 */

import type { Clock } from "../base/clock.ts";
import { Prefixes } from "../base/prefixes.ts";
import type { Logger } from "../base/log.ts";
import { Sweep } from "../base/sweep.ts";
import { headerRcode, MAX_MESSAGE_LENGTH } from "../dns/header.ts";
import { MAX_QUERY_LENGTH, writeCanonicalQuery } from "../dns/query.ts";
import { ReplyTo, ReplyWriter } from "../dns/reply.ts";
import { type Address, formatAddress } from "../net/address.ts";
import type { AcceptedStream, StreamListener } from "../net/stream_listener.ts";
import type { StreamReset } from "../net/stream_reset.ts";
import {
  CLIENT_GONE,
  type Failure,
  INVALID_DATA,
  OVERLOAD,
  PROHIBITED,
} from "../resolver/failure.ts";
import type { Origin } from "../resolver/origin.ts";
import type { Answering, Resolver, Token } from "../resolver/resolver.ts";
import type { Access } from "./access.ts";
import { Admission, DROP, FORWARD, NO_DATA } from "./admission.ts";
import { ClientConnection, type ConnectionHost, type StreamLimits } from "./client_connection.ts";
import { ClientTable, fillReplyTo } from "./client_table.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import type { ListenerCounters } from "./listener_counters.ts";
import {
  localFailure,
  writeLocalAnswer,
  writeRefused,
  writeSpecialAnswer,
} from "./local_answer.ts";
import { Notices } from "./notices.ts";
import { LoggedQuery, type QueryLog } from "./query_log.ts";
import { RetryTurns } from "./retry_turns.ts";
import { PATIENCE, Unsent } from "./unsent.ts";

/** What may change while the listener serves. */
export interface TcpSettings {
  /** What each connection may do that is accepted from now on. */
  readonly stream: StreamLimits;
  /** Milliseconds of idleness of a client that sends the keepalive option (RFC 7828). */
  readonly keepalive: number;
  /** Told of every query. */
  readonly queryLog?: QueryLog;
}

export interface TcpListenerOptions extends TcpSettings {
  readonly answering: Answering;
  readonly access: Access;
  readonly counters: ListenerCounters;
  readonly limits: ConnectionLimits;
  /** What clients have not read; of all listeners. Kept. */
  readonly unsent?: Unsent;
  /** Without it, clients that do not read are closed as others are. Kept. */
  readonly streamReset?: Pick<StreamReset, "close" | "taken">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Queries of all connections that wait at a time. */
  readonly capacity: number;
  /** Of the address that is listened on (RFC 4007, 11), if it has one. */
  readonly zone?: string;
  /** Of all listeners; kept. */
  readonly notices?: Notices;
}

/** How often connections are looked for that have been idle or open for too long. */
const END_TICK = 500;
/** After a failed accept, as when descriptors run out. */
const ACCEPT_RETRY = 100;

export class TcpListener implements ConnectionHost {
  readonly address: Address;
  readonly unsent: Unsent;
  readonly #listener: StreamListener;
  readonly #options: TcpListenerOptions;
  readonly #clients: ClientTable;
  readonly #connections = new Set<ClientConnection>();
  readonly #admission: Admission;
  readonly #to = new ReplyTo();
  readonly #reply = new Uint8Array(MAX_MESSAGE_LENGTH + 64);
  readonly #writer = new ReplyWriter(this.#reply);
  readonly #logged: LoggedQuery;
  readonly #query = new Prefixes(new Uint8Array(MAX_QUERY_LENGTH), MAX_QUERY_LENGTH);
  readonly #notices: Notices;
  readonly #retries = new RetryTurns();
  readonly #ends: Sweep;
  #stream: StreamLimits;
  #keepalive: number;
  #log: QueryLog | undefined;
  #isClosed = false;

  /** Takes `listener` over. */
  constructor(listener: StreamListener, options: TcpListenerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#logged = new LoggedQuery(true, this.#to, this.#reply, options.zone);
    this.address = listener.addr;
    this.#stream = options.stream;
    this.#keepalive = options.keepalive;
    this.#log = options.queryLog;
    this.#notices = options.notices ?? new Notices();
    this.#admission = new Admission(this.#notices);
    this.unsent = options.unsent ?? new Unsent();
    this.#clients = new ClientTable(options.capacity);
    this.#ends = new Sweep(options.clock, END_TICK, (now) => this.#endOld(now));
  }

  /** Takes other settings: those of streams are for connections accepted from now on. */
  change({ stream, keepalive, queryLog }: TcpSettings): void {
    this.#stream = stream;
    this.#keepalive = keepalive;
    this.#log = queryLog;
  }

  /** Queries that wait for a reply. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Queries that wait for a reply, and connections that have not taken theirs. */
  get waiting(): number {
    let waiting = this.#clients.size;
    for (const connection of this.#connections) if (connection.unsent > 0) waiting++;
    return waiting;
  }

  /** Accepts until closed; a failed accept is tried again, and logged unless the one before failed too. */
  async run(): Promise<void> {
    let hasFailed = false;
    while (!this.#isClosed) {
      try {
        this.#welcome(await this.#listener.accept());
        hasFailed = false;
      } catch (error) {
        if (this.#isClosed) return;
        if (!hasFailed) this.#tellFailed(error);
        hasFailed = true;
        await new Promise<void>((resolve) => this.#options.clock.after(ACCEPT_RETRY, resolve));
      }
    }
  }

  #tellFailed(error: unknown): void {
    this.#options.log.error(`Cannot accept on ${formatAddress(this.address)} (TCP): ${error}`);
  }

  /** Accepts and reads nothing more; what was asked is still answered. */
  stopTaking(): void {
    this.#isClosed = true;
    this.#listener.close();
    for (const connection of [...this.#connections]) connection.finish();
  }

  close(): void {
    if (!this.#isClosed) this.stopTaking();
    for (const connection of [...this.#connections]) connection.close();
    this.#ends.stop();
  }

  now(): number {
    return this.#options.clock.now();
  }

  onMessage(connection: ClientConnection, message: Uint8Array): void {
    const { access, counters } = this.#options;
    counters.received++;
    counters.streamed++;
    const verdict = this.#admission.read(message, true);
    if (verdict === DROP) {
      counters.responses++;
      return;
    }
    if (!access.allows(connection.host)) {
      counters.refused++;
      access.noteRefused(connection.host, this.now());
      fillReplyTo(this.#to, message, this.#admission, MAX_MESSAGE_LENGTH);
      const length = writeRefused(this.#writer, this.#to, PROHIBITED.options);
      this.#sendAtOnce(connection, length, PROHIBITED);
    } else if (verdict < 0) {
      this.#admit(connection, message, verdict);
    } else {
      fillReplyTo(this.#to, message, this.#admission, MAX_MESSAGE_LENGTH);
      const length = writeLocalAnswer(this.#writer, this.#to, verdict, counters);
      this.#sendAtOnce(connection, length, localFailure(verdict));
    }
  }

  #admit(connection: ClientConnection, message: Uint8Array, verdict: number): void {
    connection.admit();
    if (this.#admission.asksKeepalive) connection.idle = this.#keepalive;
    if (verdict === FORWARD) this.#forward(connection, message);
    else if (verdict === NO_DATA) this.#answerSpecial(connection, message);
    else this.#answerReadiness(connection, message);
  }

  onOutcome(
    connection: ClientConnection,
    token: Token,
    response: Uint8Array | undefined,
    failure: Failure | undefined,
    from: Origin | undefined,
  ): void {
    const { counters } = this.#options;
    if (response && !connection.isClosed && !connection.hasRoomFor(response.length)) {
      return this.#defer(connection, token, response.length, from);
    }
    if (failure) counters.failed++;
    this.#clients.fill(token, this.#to);
    const duration = this.now() - this.#clients.added[token];
    if (connection.isClosed) {
      if (this.#log) this.#tell(connection, 0, duration, from, failure ?? CLIENT_GONE);
    } else {
      const to = this.#to;
      if (to.keepalive >= 0) to.keepalive = this.#timeout(connection);
      this.#writer.nsid = this.#notices.nsid;
      const written = response ? this.#writer.writeResponse(to, response) : -1;
      const why = written < 0 ? failure ?? INVALID_DATA : undefined;
      const length = why ? this.#writer.writeError(to, why.rcode, why.options) : written;
      this.#send(connection, length);
      counters.latency.add(duration);
      if (this.#log) this.#tell(connection, length, duration, from, why);
    }
    this.#clients.release(token);
  }

  onRoom(connection: ClientConnection): void {
    this.#retries.add(connection);
  }

  onRetry(connection: ClientConnection, token: Token): void {
    const to = this.#to;
    const { octets } = this.#query;
    this.#clients.fill(token, to);
    const length = writeCanonicalQuery(octets, to.query, to.questionEnd, to.isDnssecOk);
    this.#resolverFor(connection).resolve(this.#query.of(length), connection, token);
  }

  onClosed(connection: ClientConnection, deferred: readonly Token[]): void {
    this.#connections.delete(connection);
    this.#retries.remove(connection);
    for (const token of deferred) this.#forget(connection, token);
    this.#options.limits.release(connection.host);
  }

  taken(stream: AcceptedStream): number {
    return this.#options.streamReset?.taken(stream) ?? -1;
  }

  reset(stream: AcceptedStream): void {
    const { counters, streamReset } = this.#options;
    counters.unreadConnections++;
    if (streamReset) streamReset.close(stream);
    else stream.close();
  }

  #welcome(connection: AcceptedStream): void {
    const { counters, limits } = this.#options;
    const host = connection.remoteAddr.hostname;
    if (!limits.acquire(host)) {
      counters.refusedConnections++;
      connection.close();
      return;
    }
    counters.connections++;
    connection.setNoDelay(true);
    const client = new ClientConnection(connection, host, this, this.#stream);
    this.#connections.add(client);
    this.#ends.wake();
    client.run();
  }

  #answerReadiness(connection: ClientConnection, message: Uint8Array): void {
    this.#options.counters.readiness++;
    const to = this.#to;
    fillReplyTo(to, message, this.#admission, MAX_MESSAGE_LENGTH);
    if (this.#admission.asksKeepalive) to.keepalive = this.#timeout(connection);
    this.#writer.nsid = this.#notices.nsid;
    this.#sendAtOnce(connection, this.#notices.write(this.#writer, to), undefined);
  }

  /** A query that cannot be asked again, as it is not kept as it was, ends its connection. */
  #defer(connection: ClientConnection, token: Token, length: number, from?: Origin): void {
    this.#clients.fill(token, this.#to);
    if (!this.#to.isOpaque) return connection.defer(token, length);
    connection.giveUp();
    this.#forget(connection, token, from);
  }

  /** The query has no reply, as its client is gone. */
  #forget(connection: ClientConnection, token: Token, from?: Origin): void {
    this.#clients.fill(token, this.#to);
    const duration = this.now() - this.#clients.added[token];
    if (this.#log) this.#tell(connection, 0, duration, from, CLIENT_GONE);
    this.#clients.release(token);
  }

  /** Makes room for a query: ends the connection that has most of them deferred, and does not read. */
  #makeRoom(): boolean {
    const now = this.now();
    let worst: ClientConnection | undefined;
    for (const each of this.#connections) {
      if (each.deferred > (worst?.deferred ?? 0) && each.stall(now) >= PATIENCE) worst = each;
    }
    worst?.giveUp();
    return worst !== undefined;
  }

  #resolverFor({ host }: ClientConnection): Resolver {
    const { clients, resolver } = this.#options.answering;
    return clients?.resolverFor(host) ?? resolver;
  }

  #keep(message: Uint8Array, { lastUse }: ClientConnection): number {
    return this.#clients.add(message, this.#admission, MAX_MESSAGE_LENGTH, lastUse);
  }

  #forward(connection: ClientConnection, message: Uint8Array): void {
    const { counters } = this.#options;
    const admission = this.#admission;
    let slot = this.#keep(message, connection);
    if (slot < 0 && this.#makeRoom()) slot = this.#keep(message, connection);
    if (slot < 0) {
      counters.overload++;
      fillReplyTo(this.#to, message, admission, MAX_MESSAGE_LENGTH);
      const length = this.#writer.writeError(this.#to, OVERLOAD.rcode, OVERLOAD.options);
      return this.#sendAtOnce(connection, length, OVERLOAD);
    }
    connection.keep();
    const outgoing = admission.outgoing(message, this.#query);
    this.#resolverFor(connection).resolve(outgoing, connection, slot as Token);
  }

  #answerSpecial(connection: ClientConnection, message: Uint8Array): void {
    const { asksKeepalive, specialName } = this.#admission;
    const to = this.#to;
    fillReplyTo(to, message, this.#admission, MAX_MESSAGE_LENGTH);
    if (asksKeepalive) to.keepalive = this.#timeout(connection);
    const length = writeSpecialAnswer(this.#writer, to, specialName, this.#options.counters);
    this.#sendAtOnce(connection, length, undefined);
  }

  /** Units of 100 ms; none for a connection that ends, or while they run short (RFC 7828, 3.4). */
  #timeout(connection: ClientConnection): number {
    const { limits } = this.#options;
    const isEnding = this.#notices.isEnding || limits.isCrowded || connection.isFinishing;
    return isEnding ? 0 : this.#keepalive / 100;
  }

  #send(connection: ClientConnection, length: number): void {
    const { counters } = this.#options;
    counters.answered++;
    counters.rcodes[headerRcode(this.#reply)]++;
    connection.reply(this.#reply, length);
  }

  #sendAtOnce(connection: ClientConnection, length: number, why: Failure | undefined): void {
    this.#send(connection, length);
    if (this.#log) this.#tell(connection, length, 0, undefined, why);
  }

  /** Of the query in `#to`, to which the reply has `length` octets. */
  #tell(
    { host }: ClientConnection,
    length: number,
    duration: number,
    from: Origin | undefined,
    failure: Failure | undefined,
  ): void {
    const { rcode } = this.#writer;
    if (this.#log) this.#logged.tell(this.#log, length, rcode, host, duration, from, failure);
  }

  #endOld(now: number): boolean {
    for (const connection of this.#connections) {
      if (connection.deferred > 0) this.#retries.add(connection);
      if (connection.isGreedy(now)) connection.giveUp();
      else if (connection.isIdle(now)) connection.closeIdle();
      else if (connection.isOld(now)) connection.finish();
    }
    return this.#connections.size > 0;
  }
}
