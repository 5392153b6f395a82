/** Writing and reading of octets in network order, with the names of DNS (RFC 1035, 4.1.4). */

import { labels, nameText } from "./name.ts";

/** Grows as it is written to. */
export class OctetWriter {
  #octets = new Uint8Array(512);
  #length = 0;
  readonly #names = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#makeRoom(1);
    this.#octets[this.#length++] = value;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value);
  }

  octets(values: Uint8Array): void {
    this.#makeRoom(values.length);
    this.#octets.set(values, this.#length);
    this.#length += values.length;
  }

  /** Writes two octets of length, then what `write` writes. */
  counted(write: () => void): void {
    const start = this.length;
    this.u16(0);
    write();
    const size = this.length - start - 2;
    this.#octets[start] = size >>> 8;
    this.#octets[start + 1] = size & 0xff;
  }

  /** With `compress`, points to the longest suffix written before. */
  name(name: string, compress: boolean): void {
    const before = compress ? this.#names.get(name) : undefined;
    if (before !== undefined) return this.u16(0xc000 | before);
    const parts = labels(name);
    for (let i = 0; i < parts.length; i++) {
      const suffix = nameText(parts.slice(i));
      const known = compress ? this.#names.get(suffix) : undefined;
      if (known !== undefined) return this.u16(0xc000 | known);
      if (this.length < 0x4000) this.#names.set(suffix, this.length);
      this.u8(parts[i].length);
      this.octets(parts[i]);
    }
    this.u8(0);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#octets.slice(0, this.#length);
  }

  #makeRoom(count: number): void {
    if (this.#length + count <= this.#octets.length) return;
    const larger = new Uint8Array(2 * (this.#length + count));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}

/** Reads a whole message; throws `RangeError` where it is malformed. */
export class OctetReader {
  offset = 0;

  constructor(readonly source: Uint8Array) {}

  get left(): number {
    return this.source.length - this.offset;
  }

  u8(): number {
    if (this.left < 1) throw new RangeError(`The message ends at ${this.offset}`);
    return this.source[this.offset++];
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  octets(count: number): Uint8Array<ArrayBuffer> {
    if (this.left < count) throw new RangeError(`${count} octets wanted, ${this.left} left`);
    this.offset += count;
    return this.source.slice(this.offset - count, this.offset) as Uint8Array<ArrayBuffer>;
  }

  /** Follows pointers, which must point backwards. */
  name(): string {
    const parts: Uint8Array[] = [];
    let end = -1;
    for (let lowest = this.offset;;) {
      const size = this.u8();
      if (size === 0) break;
      if (size < 0x40) parts.push(this.octets(size));
      else {
        if (size < 0xc0) throw new RangeError(`Label type ${size & 0xc0}`);
        const target = (size & 0x3f) * 0x100 + this.u8();
        if (target >= lowest) throw new RangeError(`Pointer to ${target} from after ${lowest}`);
        if (end < 0) end = this.offset;
        lowest = this.offset = target;
      }
    }
    if (end >= 0) this.offset = end;
    return nameText(parts);
  }
}
