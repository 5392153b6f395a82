/** The first octets of a buffer as views, made once for each length: a view per query would be garbage. */
export class Prefixes {
  readonly octets: Uint8Array;
  readonly #longest: number;
  readonly #views: (Uint8Array | undefined)[];

  /** Views of up to `longest` octets of `octets` are kept. */
  constructor(octets: Uint8Array, longest: number) {
    this.octets = octets;
    this.#longest = longest;
    this.#views = new Array(longest + 1).fill(undefined);
  }

  /** The first `length` octets. */
  of(length: number): Uint8Array {
    if (length > this.#longest) return this.octets.subarray(0, length);
    return this.#views[length] ??= this.octets.subarray(0, length);
  }
}
