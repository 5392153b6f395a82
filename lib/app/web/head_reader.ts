/** Finds where the heads of HTTP end in what a connection brings, in a buffer that never grows. */

/** Octets that a head may have; that of a browser has a tenth of it. */
export const MAX_HEAD = 8192;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class HeadReader {
  readonly #octets = new Uint8Array(MAX_HEAD);
  #length = 0;
  /** Where to look on. */
  #looked = 0;

  /** Whether a head has begun. */
  get hasBegun(): boolean {
    return this.#length > 0;
  }

  /** Where to read to, borrowed until `advance()`; empty: the head is too long. */
  get room(): Uint8Array<ArrayBuffer> {
    return this.#octets.subarray(this.#length);
  }

  /** So many octets have come. */
  advance(count: number): void {
    this.#length += count;
  }

  /** The lines of the next head in Latin-1, without the empty one behind them; undefined: there is more to come. */
  take(): string | undefined {
    this.#skipEmptyLines();
    for (let at = this.#looked; at < this.#length; at++) {
      if (this.#octets[at] !== LINE_FEED) continue;
      const end = this.#endOfLine(at + 1);
      // Only with the next octets it is known whether the line behind this one is empty.
      if (end === undefined) return void (this.#looked = at);
      if (end > 0) return this.#cut(at, end);
    }
    this.#looked = this.#length;
  }

  /** Behind an empty line that begins at `at`; 0: it is none; undefined: not known yet. */
  #endOfLine(at: number): number | undefined {
    if (at >= this.#length) return undefined;
    if (this.#octets[at] === LINE_FEED) return at + 1;
    if (this.#octets[at] !== CARRIAGE_RETURN) return 0;
    if (at + 1 >= this.#length) return undefined;
    return this.#octets[at + 1] === LINE_FEED ? at + 2 : 0;
  }

  /** Those before a head are to be ignored (RFC 9112, 2.2). */
  #skipEmptyLines(): void {
    let begin = 0;
    for (let end = this.#endOfLine(0); end !== undefined && end > 0; end = this.#endOfLine(end)) {
      begin = end;
    }
    if (begin > 0) this.#remove(begin);
  }

  #cut(lineEnd: number, end: number): string {
    const octets = this.#octets.subarray(0, lineEnd);
    const text = String.fromCharCode(...octets).replace(/\r$/, "");
    this.#remove(end);
    return text;
  }

  #remove(end: number): void {
    this.#octets.copyWithin(0, end, this.#length);
    this.#length -= end;
    this.#looked = 0;
  }
}
