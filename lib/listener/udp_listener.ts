/**
 * One UDP address that clients ask. A datagram is looked at, kept as a slot of the client table, and
 * handed to the resolver; the reply leaves from the same socket, and so from the address that was asked
 * (RFC 2181, 4.1).
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { HashIndex } from "../base/hash_index.ts";
import { Prefixes } from "../base/prefixes.ts";
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH, messageId } from "../dns/header.ts";
import { MAX_QUERY_LENGTH, PAYLOAD_SIZE } from "../dns/query.ts";
import { ReplyTo, ReplyWriter } from "../dns/reply.ts";
import { formatAddress, isLoopback } from "../net/address.ts";
import type { DatagramSocket } from "../net/datagram_socket.ts";
import { type Failure, INVALID_DATA, LIMITED, OVERLOAD, PROHIBITED } from "../resolver/failure.ts";
import type { Origin } from "../resolver/origin.ts";
import type { Answering, Requester, Token } from "../resolver/resolver.ts";
import { type Access, RateLimit } from "./access.ts";
import { Admission, DROP, FORWARD, NO_DATA, OWN_NAME } from "./admission.ts";
import { ClientTable, fillReplyTo } from "./client_table.ts";
import type { ListenerCounters } from "./listener_counters.ts";
import {
  localFailure,
  writeLocalAnswer,
  writeRefused,
  writeSpecialAnswer,
} from "./local_answer.ts";
import { Notices } from "./notices.ts";
import type { OwnAddresses } from "./own_addresses.ts";
import { LoggedQuery, type QueryLog } from "./query_log.ts";
import type { ResponseRate } from "./response_rate.ts";
import { UdpReplies } from "./udp_replies.ts";

/** What may change while the listener serves. */
export interface UdpSettings {
  /** Answer every query with TC, so that clients come over TCP. */
  readonly truncate: boolean;
  /** Responses for each network; none is limited without it, and never on loopback. */
  readonly rate: ResponseRate | undefined;
  readonly own: OwnAddresses;
  /** Told of every query. */
  readonly queryLog?: QueryLog;
}

export interface UdpListenerOptions extends UdpSettings {
  readonly answering: Answering;
  readonly access: Access;
  readonly counters: ListenerCounters;
  readonly clock: Clock;
  readonly log: Logger;
  /** Clients that wait at a time; the socket can keep one peer more. */
  readonly capacity: number;
  /** Of the address that is listened on (RFC 4007, 11), if it has one. */
  readonly zone?: string;
  /** Of all listeners; kept. */
  readonly notices?: Notices;
}

/** Errors a second that clients beyond loopback get, so that nobody is flooded through us. */
const ERRORS_PER_SECOND = 100;
const RECEIVE_RETRY = 100;

export class UdpListener implements Requester {
  readonly #socket: DatagramSocket;
  readonly #options: UdpListenerOptions;
  readonly #clients: ClientTable;
  readonly #byQuery: HashIndex;
  readonly #admission: Admission;
  readonly #to = new ReplyTo();
  readonly #reply = new Uint8Array(MAX_MESSAGE_LENGTH + 64);
  readonly #replies: UdpReplies;
  readonly #writer = new ReplyWriter(this.#reply);
  readonly #logged: LoggedQuery;
  readonly #query = new Prefixes(new Uint8Array(MAX_QUERY_LENGTH), MAX_QUERY_LENGTH);
  readonly #notices: Notices;
  readonly #isLocal: boolean;
  readonly #errors = new RateLimit(ERRORS_PER_SECOND);
  /** The number for the peer of a reply that is sent at once. */
  readonly #passer: number;
  #truncate: boolean;
  #rate: ResponseRate | undefined;
  #own: OwnAddresses;
  #log: QueryLog | undefined;
  /** When the latest datagrams came. */
  #received = 0;
  #isStopping = false;
  #isClosed = false;

  /** Takes `socket` over, which keeps `options.capacity + 1` peers. */
  constructor(socket: DatagramSocket, options: UdpListenerOptions) {
    this.#socket = socket;
    socket.onLost = () => options.counters.lost++;
    this.#options = options;
    this.#logged = new LoggedQuery(false, this.#to, this.#reply, options.zone);
    this.#replies = new UdpReplies(socket, this.#reply, options.counters, options.clock);
    this.#clients = new ClientTable(options.capacity);
    this.#byQuery = new HashIndex(options.capacity);
    this.#passer = options.capacity;
    this.#isLocal = isLoopback(socket.address.hostname);
    this.#notices = options.notices ?? new Notices();
    this.#admission = new Admission(this.#notices);
    this.#truncate = options.truncate;
    this.#rate = this.#isLocal ? undefined : options.rate;
    this.#own = options.own;
    this.#log = options.queryLog;
  }

  /** Takes other settings, for all datagrams from now on. */
  change({ truncate, rate, own, queryLog }: UdpSettings): void {
    this.#truncate = truncate;
    this.#rate = this.#isLocal ? undefined : rate;
    this.#own = own;
    this.#log = queryLog;
  }

  /** Clients that wait for a reply. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Clients that wait for a reply, and replies that have not left. */
  get waiting(): number {
    return this.#clients.size + this.#socket.unsent;
  }

  /** Serves until closed. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const count = await this.#socket.receive();
        this.#received = this.#options.clock.now();
        for (let index = 0; index < count; index++) this.#take(index);
        // What is due leaves before the next look at the socket, which mostly finds nothing.
        await undefined;
      } catch (error) {
        if (this.#isClosed) return;
        const address = formatAddress(this.#socket.address);
        this.#options.log.error(`Cannot receive on ${address} (UDP): ${error}`);
        await new Promise<void>((resolve) => this.#options.clock.after(RECEIVE_RETRY, resolve));
      }
    }
  }

  /** Takes nothing more; replies still leave until `close()`. */
  stopTaking(): void {
    this.#isStopping = true;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  respond(token: Token, response: Uint8Array, from?: Origin): void {
    const to = this.#to;
    this.#clients.fill(token, to);
    this.#writer.nsid = this.#notices.nsid;
    const length = this.#writer.writeResponse(to, response);
    if (length >= 0) this.#finish(token, length, from, undefined);
    else this.#finishFailed(token, INVALID_DATA, from);
  }

  fail(token: Token, failure: Failure, from?: Origin): void {
    const { clock, counters } = this.#options;
    this.#clients.fill(token, this.#to);
    if (!failure.isOverload) {
      counters.failed++;
      return this.#finishFailed(token, failure, from);
    }
    counters.overload++;
    if (this.#mayAnswerError(clock.now())) return this.#finishFailed(token, failure, from);
    if (this.#log) this.#tellOf(token, 0, clock.now(), from, failure);
    this.#release(token);
  }

  #take(index: number): void {
    const { counters } = this.#options;
    if (this.#isStopping) return;
    counters.received++;
    const message = this.#socket.datagram(index);
    const verdict = this.#admission.read(message, false);
    if (verdict === DROP) {
      if (message.length < HEADER_LENGTH) counters.tooShort++;
      else counters.responses++;
      return;
    }
    if (!this.#isServed(index, message)) return;
    if (verdict === FORWARD) this.#forward(index, message);
    else if (verdict === NO_DATA) this.#answerSpecial(index, message);
    else if (verdict === OWN_NAME) this.#answerReadiness(index, message);
    else this.#answerLocally(index, message, verdict);
  }

  /** Whether the datagram comes from a client that may ask. */
  #isServed(index: number, message: Uint8Array): boolean {
    const { access, counters } = this.#options;
    const own = this.#own;
    const port = this.#socket.peerPort(index);
    if (port === 0 || (own.hasPort(port) && own.has(this.#socket.peerHost(index), port))) {
      counters.reflected++;
      return false;
    }
    if (this.#isLocal || access.allows(this.#socket.peerHost(index))) return true;
    counters.refused++;
    const now = this.#options.clock.now();
    access.noteRefused(this.#socket.peerHost(index), now);
    if (!this.#errors.take(now)) return false;
    fillReplyTo(this.#to, message, this.#admission, message.length);
    this.#sendAtOnce(index, writeRefused(this.#writer, this.#to, PROHIBITED.options), PROHIBITED);
    return false;
  }

  /** On loopback always; else as often as errors may be sent. */
  #mayAnswerError(now: number): boolean {
    return this.#isLocal || this.#errors.take(now);
  }

  /** An error is never longer than what it answers (RFC 5358). */
  #answerLocally(index: number, message: Uint8Array, rcode: number): void {
    const { clock, counters } = this.#options;
    if (!this.#mayAnswerError(clock.now())) return;
    fillReplyTo(this.#to, message, this.#admission, message.length);
    const length = writeLocalAnswer(this.#writer, this.#to, rcode, counters);
    this.#sendAtOnce(index, length, localFailure(rcode));
  }

  /** For a name of special use, as limited as a response: it is longer than its query. */
  #answerSpecial(index: number, message: Uint8Array): void {
    const { counters } = this.#options;
    const limit = this.#replyLimit;
    if (this.#truncate) return this.#answerTruncated(index, message, limit);
    if (!this.#mayRespond(index)) return this.#answerLimited(index, message, limit);
    fillReplyTo(this.#to, message, this.#admission, limit);
    const { specialName } = this.#admission;
    this.#sendAtOnce(index, writeSpecialAnswer(this.#writer, this.#to, specialName, counters));
  }

  /** Also with `truncate`: there is no more of it over TCP. */
  #answerReadiness(index: number, message: Uint8Array): void {
    const limit = this.#replyLimit;
    if (!this.#mayRespond(index)) return this.#answerLimited(index, message, limit);
    this.#options.counters.readiness++;
    fillReplyTo(this.#to, message, this.#admission, limit);
    this.#writer.nsid = this.#notices.nsid;
    this.#sendAtOnce(index, this.#notices.write(this.#writer, this.#to));
  }

  /** The most octets of a reply to the query admitted last. */
  get #replyLimit(): number {
    return Math.min(this.#admission.payloadSize, PAYLOAD_SIZE);
  }

  #forward(index: number, message: Uint8Array): void {
    const { answering, counters } = this.#options;
    const admission = this.#admission;
    const limit = this.#replyLimit;
    if (this.#truncate) return this.#answerTruncated(index, message, limit);
    const hash =
      Math.imul((messageId(message) << 16) | this.#socket.peerPort(index), 0x9e3779b1) >>> 8;
    if (this.#isRepeated(index, message, hash)) {
      counters.repeated++;
      return;
    }
    if (!this.#mayRespond(index)) return this.#answerLimited(index, message, limit);
    const slot = this.#clients.add(message, admission, limit, this.#received);
    if (slot < 0) {
      counters.overload++;
      fillReplyTo(this.#to, message, admission, limit);
      if (!this.#mayAnswerError(this.#received)) return this.#tellAtOnce(index, 0, OVERLOAD);
      const length = this.#writer.writeError(this.#to, OVERLOAD.rcode, OVERLOAD.options);
      return this.#sendAtOnce(index, length, OVERLOAD);
    }
    this.#byQuery.add(slot, hash);
    this.#socket.keepPeer(index, slot);
    const resolver = answering.clients?.resolverFor(this.#socket.peerHost(index)) ??
      answering.resolver;
    resolver.resolve(admission.outgoing(message, this.#query), this, slot as Token);
  }

  /** Whether the network of the client may have another response now. */
  #mayRespond(index: number): boolean {
    if (this.#rate === undefined) return true;
    return this.#rate.take(this.#socket.peerHost(index), this.#options.clock.now());
  }

  #answerLimited(index: number, message: Uint8Array, limit: number): void {
    this.#options.counters.limited++;
    this.#answerTruncated(index, message, limit, LIMITED);
  }

  /** Never longer than the query: who forged the address gains nothing, who did not comes over TCP. */
  #answerTruncated(index: number, message: Uint8Array, limit: number, why?: Failure): void {
    fillReplyTo(this.#to, message, this.#admission, limit);
    this.#sendAtOnce(index, this.#writer.writeTruncated(this.#to), why);
  }

  /** Whether this client already waits for the answer to this very query. */
  #isRepeated(index: number, message: Uint8Array, hash: number): boolean {
    const end = this.#admission.questionEnd;
    for (let slot = this.#byQuery.first(hash); slot >= 0; slot = this.#byQuery.next(slot)) {
      if (this.#clients.isSame(slot, message, end) && this.#socket.isPeer(index, slot)) return true;
    }
    return false;
  }

  #finishFailed(slot: number, failure: Failure, from: Origin | undefined): void {
    const length = this.#writer.writeError(this.#to, failure.rcode, failure.options);
    this.#finish(slot, length, from, failure);
  }

  #finish(
    slot: number,
    length: number,
    from: Origin | undefined,
    failure: Failure | undefined,
  ): void {
    this.#replies.send(slot, length);
    this.#options.counters.latency.add(this.#replies.madeAt - this.#clients.added[slot]);
    if (this.#log) this.#tellOf(slot, length, this.#replies.madeAt, from, failure);
    this.#release(slot);
  }

  #release(slot: number): void {
    this.#byQuery.remove(slot);
    this.#clients.release(slot);
  }

  #sendAtOnce(index: number, length: number, why?: Failure): void {
    this.#socket.keepPeer(index, this.#passer);
    this.#replies.send(this.#passer, length);
    this.#tellAtOnce(index, length, why);
  }

  /** Of a client that waits no more; `#to` has its query. */
  #tellOf(slot: number, length: number, now: number, from?: Origin, failure?: Failure): void {
    if (!this.#log) return;
    const client = this.#socket.keptHost(slot);
    const duration = now - this.#clients.added[slot];
    this.#logged.tell(this.#log, length, this.#writer.rcode, client, duration, from, failure);
  }

  #tellAtOnce(index: number, length: number, why: Failure | undefined): void {
    if (!this.#log) return;
    const client = this.#socket.peerHost(index);
    this.#logged.tell(this.#log, length, this.#writer.rcode, client, 0, undefined, why);
  }
}
