/**
 * A connection of HTTP/1.1: one head after the other, each with its reply. Bounded in octets and in time, as
 * whoever comes here may be anybody.
 *
 *     waiting --a head begins--> reading --it is whole--> replying --> waiting, or closing
 *        '--- too long ---------------'------ too long ------'----> closed
 */

import type { Clock, Timer } from "../../base/clock.ts";
import { HeadReader } from "./head_reader.ts";
import { parseHead, type RequestHead } from "./request_head.ts";
import { plainReply, type Reply, replyOctets } from "./reply_text.ts";

/** The reply to what is asked, of a client at `local` of ours. Rejects never. */
export type Answer = (head: RequestHead, local: string, remote: string) => Promise<Reply>;

/** Milliseconds for a head once it has begun, for the first one to begin, and for a reply to be taken. */
const PATIENCE = 5000;
/** Milliseconds until another head: somewhat longer than the usual minute from scrape to scrape. */
const IDLE = 75_000;
/** Octets and milliseconds of what follows the last reply: a reset would take that from the client as well. */
const MAX_LEFTOVER = 65_536;
const LINGER = 1000;

export class WebConnection {
  readonly #connection: Deno.TcpConn;
  readonly #answer: Answer;
  readonly #clock: Clock;
  readonly #reader = new HeadReader();
  #isClosed = false;
  #isReplying = false;
  #since: number;

  /** Takes `connection` over. */
  constructor(connection: Deno.TcpConn, answer: Answer, clock: Clock) {
    this.#connection = connection;
    this.#answer = answer;
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Since when it has been waiting for a head, in milliseconds of the clock; undefined: it is replying. */
  get waitingSince(): number | undefined {
    return this.#isReplying ? undefined : this.#since;
  }

  /** Serves until the client or we have closed. Rejects never for what a client can do. */
  async serve(): Promise<void> {
    let patience = PATIENCE;
    while (await this.#serveNext(patience)) patience = IDLE;
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  /** Whether there may be another. */
  async #serveNext(patience: number): Promise<boolean> {
    const text = await this.#readHead(patience);
    if (text === undefined) return false;
    this.#isReplying = true;
    const head = text === "" ? 431 : parseHead(text);
    const isUnderstood = typeof head !== "number";
    const reply = isUnderstood ? await this.#replyTo(head) : plainReply(head);
    const isLast = !isUnderstood || head.hasBody || !head.isPersistent;
    const isHead = isUnderstood && head.method === "HEAD";
    const isTaken = await this.#write(replyOctets(reply, { isHead, isLast }));
    if (isTaken && isLast) await this.#linger();
    this.#isReplying = false;
    this.#since = this.#clock.now();
    return isTaken && !isLast;
  }

  #replyTo(head: RequestHead): Promise<Reply> {
    const { localAddr, remoteAddr } = this.#connection;
    return this.#answer(head, localAddr.hostname, remoteAddr.hostname);
  }

  /** Empty: too long; undefined: no more will come. */
  async #readHead(patience: number): Promise<string | undefined> {
    const reader = this.#reader;
    let timer = this.#closeAfter(reader.hasBegun ? PATIENCE : patience);
    try {
      for (let hadBegun = reader.hasBegun;;) {
        const text = reader.take();
        if (text !== undefined) return text;
        if (reader.room.length === 0) return "";
        const count = await this.#use(() => this.#connection.read(reader.room));
        if (count === undefined) return undefined;
        reader.advance(count);
        if (hadBegun) continue;
        hadBegun = true;
        timer.cancel();
        timer = this.#closeAfter(PATIENCE);
      }
    } finally {
      timer.cancel();
    }
  }

  /** False if the client or we have closed. */
  async #write(octets: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const timer = this.#closeAfter(PATIENCE);
    try {
      for (let written = 0; written < octets.length;) {
        const rest = octets.subarray(written);
        const count = await this.#use(() => this.#connection.write(rest));
        if (count === undefined) return false;
        written += count;
      }
      return true;
    } finally {
      timer.cancel();
    }
  }

  /** Takes what the client still sends, until it has closed as well. */
  async #linger(): Promise<void> {
    const timer = this.#closeAfter(LINGER);
    try {
      await this.#use(() => this.#connection.closeWrite().then(() => 0));
      const octets = new Uint8Array(4096);
      for (let total = 0; total < MAX_LEFTOVER;) {
        const count = await this.#use(() => this.#connection.read(octets));
        if (count === undefined) return;
        total += count;
      }
    } finally {
      timer.cancel();
    }
  }

  /** Undefined at the end of the connection, whoever ended it and how. */
  async #use(io: () => Promise<number | null>): Promise<number | undefined> {
    if (this.#isClosed) return undefined;
    try {
      return await io() ?? undefined;
    } catch (error) {
      if (this.#isClosed || isOfSystem(error)) return undefined;
      throw error;
    }
  }

  #closeAfter(delay: number): Timer {
    return this.#clock.after(delay, () => this.close());
  }
}

/** Whatever the system says of a socket, it is the end of it, and nobody else's business. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string";
}
