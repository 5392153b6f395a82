/**
 * The log of queries, which nobody waits for: lines are written into one of two buffers, while the other one
 * leaves for the file.
 *
 *     add() --> filling --half full, or each 250 ms--> leaving --one write at a time--> sink
 *
 * What finds no room, as the disk is slow or nobody reads, and what cannot be written is left out and counted: a line in the
 * file says how many are missing there, and one in the ordinary log, once a minute.
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { Sweep } from "../../base/sweep.ts";
import { HEADER_LENGTH, Opcode } from "../../dns/header.ts";
import type { ReplyTo } from "../../dns/reply.ts";
import type { LoggedQuery, QueryLog } from "../../listener/query_log.ts";
import { Fragments } from "./fragments.ts";
import type { ClientDetail } from "./client_text.ts";
import { QueryLines } from "./query_lines.ts";

/** Where lines go. Its methods are called while no `append()` is under way, but for `close()`. */
export interface LineSink {
  readonly path: string;
  /**
   * Appends whole lines; resolves with the octets of those that have arrived, which are whole lines as well.
   * Never rejects. `lines` is borrowed until then.
   */
  append(lines: Uint8Array): Promise<number>;
  /** Goes on in the file that has the name now; once a promise, if it gives one, has resolved, as it always does. */
  reopen(): Promise<void> | void;
  close(): void;
}

export interface BufferedQueryLogOptions {
  readonly sink: LineSink;
  readonly clients: ClientDetail;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Why queries find no room; the disk by default. */
  readonly slow?: () => string;
  /** Octets of each of the two buffers. */
  readonly capacity?: number;
}

/** Half a second of 10,000 queries a second. */
const CAPACITY = 1 << 20;
const TICK = 250;
/** Milliseconds from one line in the ordinary log to the next. */
const TELL_INTERVAL = 60_000;
/** Milliseconds that the end of the log may take. */
const END_LIMIT = 500;
const SLOW = "the disk is too slow";
const UNWRITABLE = "the log could not be written";
const OPCODE_BITS = 0x7800;

export class BufferedQueryLog implements QueryLog {
  readonly #options: BufferedQueryLogOptions;
  readonly #half: number;
  readonly #sweep: Sweep;
  #filling: QueryLines;
  #leaving: QueryLines;
  #writing: Promise<void> | undefined;
  #isReopenDue = false;
  #isClosed = false;
  /** The file is closed, too. */
  #isEnded = false;
  /** Queries whose lines are in the file, and queries that were left out. */
  written = 0;
  dropped = 0;
  /** Of these, what the file does not tell yet, and what the ordinary log does not; and why. */
  #missing = 0;
  #untold = 0;
  #why = "";
  #told = -Infinity;

  /** Takes `sink` over. */
  constructor(options: BufferedQueryLogOptions) {
    const { capacity = CAPACITY, clients, clock, wall } = options;
    this.#options = options;
    this.#half = capacity / 2;
    const fragments = new Fragments(clients);
    this.#filling = new QueryLines(capacity, fragments, wall);
    this.#leaving = new QueryLines(capacity, fragments, wall);
    this.#sweep = new Sweep(clock, TICK, (now) => this.#look(now));
  }

  add(query: LoggedQuery): void {
    if (this.#isClosed || isOwn(query.to)) return;
    if (!this.#filling.add(query)) this.#lose(1, this.#options.slow?.() ?? SLOW);
    this.#sweep.wake();
    if (this.#filling.length > this.#half) this.#write();
  }

  /** Goes on in the file that has the name now, once nothing is being written. */
  reopen(): void {
    this.#isReopenDue = true;
    this.#startReopening();
  }

  /** Writes what there is, for half a second at most, then closes the file. Takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweep.stop();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(END_LIMIT, resolve);
    await Promise.race([this.#writeRest(), late]);
    timer.cancel();
    this.#isEnded = true;
    this.#tell();
    this.#options.sink.close();
  }

  async #writeRest(): Promise<void> {
    await this.#writing;
    this.#write();
    await this.#writing;
  }

  /** Whether there is still something to look after. */
  #look(now: number): boolean {
    this.#write();
    if (now - this.#told >= TELL_INTERVAL) this.#tell();
    return this.#writing !== undefined || this.#untold > 0;
  }

  /** Begins to write what there is, unless something is being written. */
  #write(): void {
    // That lines are missing is told with the next one, or at the end.
    const least = this.#isClosed ? this.#filling.length : this.#filling.count;
    if (this.#writing || this.#isEnded || least === 0) return;
    const lines = this.#filling;
    this.#filling = this.#leaving;
    this.#leaving = lines;
    if (this.#missing > 0) this.#filling.addMissing(this.#missing, this.#why);
    this.#missing = 0;
    this.#writing = this.#append(lines);
  }

  async #append(lines: QueryLines): Promise<void> {
    const opening = this.#reopenIfDue();
    if (opening) await opening;
    const length = await this.#options.sink.append(lines.octets);
    const written = lines.countIn(length);
    this.written += written;
    if (length === 0) this.#missing += lines.missing;
    if (written < lines.count) this.#lose(lines.count - written, UNWRITABLE);
    lines.clear();
    this.#writing = undefined;
    this.#startReopening();
  }

  #lose(count: number, why: string): void {
    this.dropped += count;
    this.#missing += count;
    this.#untold += count;
    this.#why = why;
  }

  #tell(): void {
    if (this.#untold === 0) return;
    const queries = this.#untold === 1 ? "One query is" : `${this.#untold} queries are`;
    this.#options.log.warning(`${queries} missing in the query log: ${this.#why}`);
    this.#untold = 0;
    this.#told = this.#options.clock.now();
  }

  #startReopening(): void {
    if (this.#writing) return;
    this.#writing = this.#reopenIfDue()?.then(() => {
      this.#writing = undefined;
      this.#startReopening();
    });
  }

  /** A promise where it takes a while. */
  #reopenIfDue(): Promise<void> | undefined {
    if (!this.#isReopenDue || this.#isClosed) return undefined;
    this.#isReopenDue = false;
    return this.#options.sink.reopen() ?? undefined;
  }
}

/** What the program asks itself, to see that it answers, has no question (`service/liveness.ts`). */
function isOwn({ flags, questionEnd }: ReplyTo): boolean {
  return questionEnd === HEADER_LENGTH && (flags & OPCODE_BITS) >>> 11 !== Opcode.QUERY;
}
