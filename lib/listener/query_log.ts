/** What a listener tells of each query once it is done with it, where somebody keeps a log of queries. */

import type { ReplyTo } from "../dns/reply.ts";
import type { Failure } from "../resolver/failure.ts";
import type { Origin } from "../resolver/origin.ts";

export interface QueryLog {
  /** Takes a note of a query; all of it is borrowed. Never throws. */
  add(query: LoggedQuery): void;
}

/** One for each listener, filled per query. */
export class LoggedQuery {
  readonly isStream: boolean;
  /** The question is in it. */
  readonly to: ReplyTo;
  /** The reply is in its first `length` octets; where that is 0, none was sent. */
  readonly reply: Uint8Array;
  length = 0;
  /** The whole RCODE of the reply. */
  rcode = 0;
  /** The client's address. */
  client = "";
  /** Milliseconds since the query came. */
  duration = 0;
  /** Undefined: no upstream was asked. */
  from: Origin | undefined;
  /** Why there was no response, if there was none. */
  failure: Failure | undefined;

  /** What follows the address of each client: the link that it is on (RFC 4007, 11), where that matters. */
  readonly #suffix: string;

  /** `to` and `reply` are where the listener has them; `zone` is that of its address, empty without one. */
  constructor(isStream: boolean, to: ReplyTo, reply: Uint8Array, zone = "") {
    this.#suffix = zone === "" ? "" : `%${zone}`;
    this.isStream = isStream;
    this.to = to;
    this.reply = reply;
  }

  /** Fills in the rest, in the order of the fields, and gives it to `log`. */
  tell(
    log: QueryLog,
    length: number,
    rcode: number,
    client: string,
    duration: number,
    from: Origin | undefined,
    failure: Failure | undefined,
  ): void {
    this.length = length;
    this.rcode = rcode;
    this.client = client + this.#suffix;
    this.duration = duration;
    this.from = from;
    this.failure = failure;
    log.add(this);
  }
}
