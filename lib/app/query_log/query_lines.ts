/**
 * Queries as lines of JSON, written one behind the other into octets that are there from the start:
 *
 *     {"time":"2026-01-02T03:04:05.678Z","client":"192.0.2.7","transport":"udp","name":"www.example.",
 *      "type":"A","rcode":"NOERROR","ms":12.3,"bytes":56,"from":"upstream","upstream":"tls://..."}
 */

import { HEADER_LENGTH, isTruncated, uint16 } from "../../dns/header.ts";
import type { LoggedQuery } from "../../listener/query_log.ts";
import type { Fragments } from "./fragments.ts";
import { TextWriter } from "./text_writer.ts";

/** Octets of a line besides the name of its upstream and the cause, with the longest name, all escaped. */
const MAX_LINE = 2048;
const LINE_END = 10;
const POINT = 0x2e;
const SECOND = 1000;

const TIME = encoded('{"time":"');
const TIME_END = encoded('Z"');
const UDP = encoded(',"transport":"udp"');
const TCP = encoded(',"transport":"tcp"');
const NAME = encoded(',"name":"');
const QUOTE = encoded('"');
const TRUNCATED = encoded(',"tc":true');
const MILLISECONDS = encoded(',"ms":');
const LENGTH = encoded(',"bytes":');
const END = encoded("}\n");

export class QueryLines {
  readonly #writer: TextWriter;
  readonly #fragments: Fragments;
  readonly #wall: () => number;
  /** The second that the time in octets is of. */
  #second = -1;
  #secondText: Uint8Array = new Uint8Array(0);
  /** How many queries there are lines of. */
  count = 0;
  /** How many are missing before the first, which a line of its own says. */
  missing = 0;

  /** `wall` tells milliseconds since 1970. */
  constructor(capacity: number, fragments: Fragments, wall: () => number) {
    this.#writer = new TextWriter(capacity);
    this.#fragments = fragments;
    this.#wall = wall;
  }

  /** What is written; borrowed until `clear()`. */
  get octets(): Uint8Array {
    return this.#writer.octets.subarray(0, this.#writer.length);
  }

  get length(): number {
    return this.#writer.length;
  }

  /** Writes the line of a query; false if there is no room for it. */
  add(query: LoggedQuery): boolean {
    const cause = query.failure && this.#fragments.cause(query.failure);
    const origin = this.#fragments.origin(query.from);
    if (!this.#hasRoom(origin.length + (cause?.length ?? 0))) return false;
    const writer = this.#writer;
    this.#addTime(this.#wall());
    writer.add(this.#fragments.client(query.client));
    writer.add(query.isStream ? TCP : UDP);
    this.#addQuestion(query);
    this.#addReply(query);
    writer.add(origin);
    if (cause) writer.add(cause);
    writer.add(END);
    this.count++;
    return true;
  }

  /** Says first of all that so many queries are missing, and why; there is always room for that. */
  addMissing(missing: number, why: string): void {
    this.missing = missing;
    this.#addTime(this.#wall());
    this.#writer.add(encoded(`,"missing":${missing},"cause":${JSON.stringify(why)}}\n`));
  }

  /** How many queries there are in the first `length` octets, which are whole lines. */
  countIn(length: number): number {
    if (length === this.#writer.length) return this.count;
    let lines = 0;
    for (let at = 0; at < length; at++) if (this.#writer.octets[at] === LINE_END) lines++;
    return Math.max(0, this.missing > 0 ? lines - 1 : lines);
  }

  clear(): void {
    this.#writer.length = this.count = this.missing = 0;
  }

  #hasRoom(more: number): boolean {
    return this.#writer.length + MAX_LINE + more <= this.#writer.octets.length;
  }

  /** RFC 3339, to the millisecond; the text of a second is made once. */
  #addTime(now: number): void {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = encoded(new Date(second * SECOND).toISOString().slice(0, -5));
    }
    const writer = this.#writer;
    writer.add(TIME);
    writer.add(this.#secondText);
    writer.addOctet(POINT);
    writer.addNumber(Math.floor(now) - second * SECOND, 3);
    writer.add(TIME_END);
  }

  /** Nothing of a query whose question could not be read. */
  #addQuestion({ to }: LoggedQuery): void {
    const { query, questionEnd } = to;
    if (questionEnd === HEADER_LENGTH) return;
    const writer = this.#writer;
    writer.add(NAME);
    writer.addName(query);
    writer.add(QUOTE);
    writer.add(this.#fragments.class(uint16(query, questionEnd - 2)));
    writer.add(this.#fragments.type(uint16(query, questionEnd - 4)));
  }

  #addReply({ duration, length, rcode, reply }: LoggedQuery): void {
    const writer = this.#writer;
    if (length > 0) writer.add(this.#fragments.rcode(rcode));
    if (length > 0 && isTruncated(reply)) writer.add(TRUNCATED);
    const hundredths = Math.max(0, Math.round(duration * 100));
    const whole = Math.floor(hundredths / 100);
    writer.add(MILLISECONDS);
    writer.addNumber(whole);
    writer.addOctet(POINT);
    writer.addNumber(hundredths - 100 * whole, 2);
    if (length === 0) return;
    writer.add(LENGTH);
    writer.addNumber(length);
  }
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
