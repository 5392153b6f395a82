/** A connection to an upstream, in memory: the test is the upstream. */

import type { Stream } from "../../../lib/net/dial.ts";
import { settled } from "../../helpers/fake_clock.ts";
import { FrameCutter } from "../../helpers/frames.ts";
import { concatenated, frame, type Message, parseMessage } from "../../helpers/message.ts";
import { buildResponse, type ResponseInput } from "../../helpers/query.ts";

export class ScriptedStream implements Stream {
  readonly remoteHost = "192.0.2.53";
  readonly localHost = "192.0.2.1";
  /** The queries received, and how many writes brought them. */
  readonly queries: Message[] = [];
  writes = 0;
  isClosed = false;
  readonly #cutter = new FrameCutter();
  #arrived: Uint8Array[] = [];
  #ending: Error | null | undefined;
  #reading: (() => void) | undefined;

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const octets = this.#arrived.shift();
      if (octets) {
        const count = Math.min(octets.length, buffer.length);
        buffer.set(octets.subarray(0, count));
        if (count < octets.length) this.#arrived.unshift(octets.subarray(count));
        return count;
      }
      if (this.#ending === null) return null;
      if (this.#ending !== undefined) throw this.#ending;
      await new Promise<void>((resolve) => this.#reading = resolve);
    }
  }

  write(octets: Uint8Array): Promise<number> {
    if (this.isClosed) return Promise.reject(new Deno.errors.BadResource());
    this.writes++;
    for (const query of this.#cutter.push(octets)) this.queries.push(parseMessage(query));
    return Promise.resolve(octets.length);
  }

  close(): void {
    this.isClosed = true;
    this.#end(new Deno.errors.Interrupted());
  }

  /** The names asked for, in order. */
  get names(): string[] {
    return this.queries.map(({ questions }) => questions[0].name);
  }

  /** The latest query for `name`. */
  query(name: string): Message {
    const found = this.queries.findLast(({ questions }) => questions[0].name === name);
    if (found === undefined) throw new Error(`No query for ${name}`);
    return found;
  }

  /** Answers the latest query for `name`. */
  answer(name: string, input: ResponseInput = {}): Promise<void> {
    return this.deliver(buildResponse(this.query(name), input));
  }

  /** Answers all queries, or those from an index on, in one chunk. */
  answerAll(from = 0): Promise<void> {
    return this.deliver(...this.queries.slice(from).map((query) => buildResponse(query)));
  }

  /** The messages arrive, all in one chunk. */
  deliver(...messages: Uint8Array[]): Promise<void> {
    return this.deliverOctets(concatenated(messages.map(frame)));
  }

  async deliverOctets(octets: Uint8Array): Promise<void> {
    this.#arrived.push(octets);
    this.#reading?.();
    await settled();
  }

  /** The upstream closes; or the connection breaks with `error`. */
  async end(error: Error | null = null): Promise<void> {
    this.#end(error);
    await settled();
  }

  #end(ending: Error | null): void {
    this.#ending ??= ending;
    this.#reading?.();
  }
}
