/**
 * One connection on which queries are asked and responses awaited, by promises: for commands, where a
 * handful of queries is all there is. The connection is read from the start, so that the time at which
 * a response came, or the server ended it, is the true one.
 */

import { HEADER_LENGTH, isResponse, messageId, setUint16, uint16 } from "../../dns/header.ts";
import { questionEnd, sameQuestion } from "../../dns/question.ts";
import type { Stream } from "../../net/dial.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { reasonOf } from "../system_error.ts";

const LENGTH_PREFIX = 2;
const CAPACITY = 4096;
/** Messages that may wait to be looked at: more than any command asks for. */
const MAX_WAITING = 1000;

/** A message from the server, and when it came (`performance.now()`). */
export interface Arrival {
  readonly message: Uint8Array;
  readonly time: number;
}

/** Why nothing came, for a person; begins in lower case. */
export class SilenceError extends Error {
  override readonly name = "SilenceError";
}

export class Conversation {
  /** Resolves when the server has ended the connection, or we have, with the time and how. */
  readonly ended: Promise<{ readonly time: number; readonly how: string }>;
  readonly #stream: Pick<Stream, "close" | "read" | "write">;
  readonly #arrivals: Arrival[] = [];
  #end: string | undefined;
  #wake = () => {};

  constructor(stream: Pick<Stream, "close" | "read" | "write">) {
    this.#stream = stream;
    this.ended = this.#read().then((how) => {
      this.#end = how;
      this.#wake();
      return { time: performance.now(), how };
    });
  }

  /** Sends messages in one go; rejects with `SilenceError`. */
  async send(...messages: readonly Uint8Array[]): Promise<void> {
    let rest: Uint8Array = frames(messages);
    try {
      while (rest.length > 0) rest = rest.subarray(await this.#stream.write(rest));
    } catch (error) {
      throw new SilenceError(`cannot send: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** The next message that came until `deadline` (`performance.now()`); rejects with `SilenceError`. */
  async next(deadline: number): Promise<Arrival> {
    for (;;) {
      const arrival = this.#arrivals.shift();
      if (arrival !== undefined && arrival.time <= deadline) return arrival;
      if (this.#end !== undefined) throw new SilenceError(this.#end);
      const rest = deadline - performance.now();
      if (rest <= 0) throw new SilenceError("no answer in time");
      await this.#awaken(rest);
    }
  }

  /** The response to `query`, sent here; rejects with `SilenceError` after `timeout` milliseconds. */
  async ask(query: Uint8Array, timeout: number): Promise<Arrival> {
    const deadline = performance.now() + timeout;
    await this.send(query);
    for (;;) {
      const arrival = await this.next(deadline);
      if (answers(query, arrival.message)) return arrival;
    }
  }

  close(): void {
    this.#stream.close();
  }

  async #awaken(timeout: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeout);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  async #read(): Promise<string> {
    const reader = new FrameReader(CAPACITY);
    try {
      for (;;) {
        const count = await this.#stream.read(reader.room());
        if (count === null) return "the server closed the connection";
        reader.advance(count);
        const problem = this.#take(reader);
        if (problem !== undefined) return problem;
      }
    } catch (error) {
      return `the connection was lost: ${reasonOf(error)}`;
    }
  }

  /** Returns why nothing more is read, if the server sends what nobody has to take. */
  #take(reader: FrameReader): string | undefined {
    const time = performance.now();
    for (let message; (message = reader.next()) !== undefined;) {
      if (message.length < HEADER_LENGTH) continue;
      if (this.#arrivals.length >= MAX_WAITING) return "the server sent more than was asked for";
      this.#arrivals.push({ message: message.slice(), time });
    }
    if (this.#arrivals.length > 0) this.#wake();
  }
}

/** Whether `message` is the response to `query`: ID and question, which an error may lack. */
export function answers(query: Uint8Array, message: Uint8Array): boolean {
  if (message.length < HEADER_LENGTH || !isResponse(message)) return false;
  if (messageId(message) !== messageId(query)) return false;
  return uint16(message, 4) === 0 || sameQuestion(query, questionEnd(query), message);
}

/** The messages with their lengths in front of them (RFC 1035, 4.2.2). */
function frames(messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const total = messages.reduce((sum, { length }) => sum + LENGTH_PREFIX + length, 0);
  const out = new Uint8Array(total);
  let at = 0;
  for (const message of messages) {
    setUint16(out, at, message.length);
    out.set(message, at + LENGTH_PREFIX);
    at += LENGTH_PREFIX + message.length;
  }
  return out;
}
