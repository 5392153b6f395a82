/**
 * What the program says of itself in replies to clients: whether it is ready, by a name of its own that is never
 * forwarded; which of many instances it is (NSID, RFC 5001); and that connections are about to end. One for
 * all listeners, changed while they serve.
 *
 *     ready.dnsfwd.internal. TXT   "ok", or SERVFAIL with an extended error that says why not
 *     another type, while ready    no data
 *     a name below it              NXDOMAIN
 *     another class than IN        REFUSED
 */

import { encodeOption, InfoCode, OptionCode } from "../dns/edns.ts";
import { Count, Flag, HEADER_LENGTH, Rcode, setFlags, setUint16, uint16 } from "../dns/header.ts";
import { lowerCase } from "../dns/name.ts";
import { MAX_QUERY_LENGTH } from "../dns/query.ts";
import { questionType, RecordType } from "../dns/question.ts";
import type { ReplyTo, ReplyWriter } from "../dns/reply.ts";
import { type Failure, failure, NOT_SUPPORTED } from "../resolver/failure.ts";
import { writeRefused } from "./local_answer.ts";

/** A TXT record with the text `ok`, of the name in the question; it is never kept (TTL 0). */
const OK_RECORD = [0xc0, HEADER_LENGTH, 0, 16, 0, 1, 0, 0, 0, 0, 0, 3, 2, 0x6f, 0x6b];
const CLASS_IN = 1;
const TYPE_ANY = 255;
const NO_NAME = new Uint8Array(0);

export class Notices {
  /** Whether clients on streams are told to keep their connections no longer (RFC 7828, 3.4). */
  isEnding = false;
  /** The whole EDNS option that names this instance; empty: nobody is told. */
  nsid: Uint8Array = new Uint8Array(0);
  #name: Uint8Array = NO_NAME;
  /** The last letter of the name, by which hardly any other is taken for it. */
  #last = 0;
  #notReady: Failure | undefined = failure(Rcode.SERVFAIL, [{ code: InfoCode.NOT_READY }]);
  readonly #response = new Uint8Array(MAX_QUERY_LENGTH + OK_RECORD.length);

  /** By which `name` it tells whether it is ready, on the wire in lower case; undefined: by none. Kept. */
  tellBy(name: Uint8Array | undefined): void {
    this.#name = name ?? NO_NAME;
    this.#last = name === undefined ? 0 : (name[name.length - 2] | 0x20);
  }

  /** Tells from now on that it is ready, or if there are `reasons`, that it is not. */
  tellReadiness(reasons: readonly string[]): void {
    const error = { code: InfoCode.NOT_READY, text: reasons.join("; ") };
    this.#notReady = reasons.length === 0 ? undefined : failure(Rcode.SERVFAIL, [error]);
  }

  /** `text` is told to clients that ask for it; "": nothing is. */
  tellIdentity(text: string): void {
    const octets = new TextEncoder().encode(text);
    this.nsid = text === "" ? octets : encodeOption(OptionCode.NSID, octets);
  }

  /** Whether the question that ends at `end` is for the name or one below it. */
  isOwn(query: Uint8Array, end: number): boolean {
    // The name ends five octets before its question does, with the root.
    if ((query[end - 6] | 0x20) !== this.#last) return false;
    return this.#isOwn(query, end);
  }

  /** Writes the reply to a question for which `isOwn()`; returns its length. */
  write(writer: ReplyWriter, to: ReplyTo): number {
    const { query, questionEnd: end } = to;
    if (uint16(query, end - 2) !== CLASS_IN) return writeRefused(writer, to, NOT_SUPPORTED.options);
    if (end - 4 - HEADER_LENGTH > this.#name.length) {
      return writer.writeError(to, Rcode.NXDOMAIN, NO_NAME);
    }
    const failed = this.#notReady;
    if (failed) return writer.writeError(to, failed.rcode, failed.options);
    return writer.writeResponse(to, this.#found(query, end));
  }

  #found(query: Uint8Array, end: number): Uint8Array {
    const type = questionType(query, end);
    const isAsked = type === RecordType.TXT || type === TYPE_ANY;
    const response = this.#response;
    response.set(query.subarray(0, end));
    setFlags(response, Flag.QR | Flag.AA);
    setUint16(response, Count.QUESTION, 1);
    setUint16(response, Count.ANSWER, isAsked ? 1 : 0);
    setUint16(response, Count.AUTHORITY, 0);
    setUint16(response, Count.ADDITIONAL, 0);
    response.set(OK_RECORD, end);
    return response.subarray(0, isAsked ? end + OK_RECORD.length : end);
  }

  #isOwn(query: Uint8Array, end: number): boolean {
    const name = this.#name;
    const start = end - 4 - name.length;
    if (name.length === 0 || start < HEADER_LENGTH) return false;
    for (let at = 0; at < name.length; at++) {
      if (lowerCase(query[start + at]) !== name[at]) return false;
    }
    // What looks like the length of a label may be an octet of a longer one.
    let label = HEADER_LENGTH;
    while (label < start) label += query[label] + 1;
    return label === start;
  }
}
