/**
 * Messages for recvmmsg(2) and sendmmsg(2): arrays of the kernel's structures that point to the socket
 * addresses and the data, set up once. Little endian with 64-bit pointers: x86-64 and arm64.
 *
 *     struct mmsghdr, 64 octets                              struct iovec, 16 octets
 *      0  msg_name ------> socket address                     0  iov_base --> data
 *      8  msg_namelen                                         8  iov_len
 *     16  msg_iov -------> iovec
 *     24  msg_iovlen (1)   32, 40 control (none)   48 flags
 *     56  msg_len: octets received or sent
 */

import type { BatchCalls } from "./c_library.ts";
import { SOCKET_ADDRESS_STRIDE, SocketAddresses } from "./socket_addresses.ts";

const HEADER_LENGTH = 64;
const HEADER_WORDS = HEADER_LENGTH / 4;
const IOVEC_LENGTH = 16;
const IOVEC_WORDS = IOVEC_LENGTH / 4;
/** Offsets in words. */
const NAME = 0;
const NAME_LENGTH = 2;
const IOVEC = 4;
const IOVEC_COUNT = 6;
const LENGTH = 14;
const DATA = 0;
const DATA_LENGTH = 2;
const WORD_RANGE = 2 ** 32;

export class MessageVector {
  /** The array of `struct mmsghdr`, for the kernel. */
  readonly headers: Uint8Array;
  /** Where messages come from, or go to. */
  readonly addresses: SocketAddresses;
  /** The data of all messages. */
  readonly octets: Uint8Array;
  readonly #words: Uint32Array;
  readonly #iovecs: Uint32Array;
  readonly #dataAddress: number;

  /** `count` messages with `dataLength` octets of data in all. */
  constructor(library: BatchCalls, count: number, dataLength: number) {
    this.headers = new Uint8Array(new ArrayBuffer(count * HEADER_LENGTH));
    this.#words = new Uint32Array(this.headers.buffer);
    this.#iovecs = new Uint32Array(new ArrayBuffer(count * IOVEC_LENGTH));
    this.addresses = new SocketAddresses(count, true);
    this.octets = new Uint8Array(new ArrayBuffer(dataLength));
    this.#dataAddress = library.address(this.octets);
    const names = library.address(this.addresses.octets);
    const iovecs = library.address(new Uint8Array(this.#iovecs.buffer));
    for (let index = 0; index < count; index++) {
      const header = index * HEADER_WORDS;
      setPointer(this.#words, header + NAME, names + index * SOCKET_ADDRESS_STRIDE);
      setPointer(this.#words, header + IOVEC, iovecs + index * IOVEC_LENGTH);
      this.#words[header + IOVEC_COUNT] = 1;
    }
  }

  /** Says where in `octets` a message is, or may be written to. */
  setData(index: number, offset: number, length: number): void {
    const iovec = index * IOVEC_WORDS;
    setPointer(this.#iovecs, iovec + DATA, this.#dataAddress + offset);
    this.#iovecs[iovec + DATA_LENGTH] = length;
  }

  /** Says how many octets of an address there are, or may be written. */
  setAddressLength(index: number, length: number): void {
    this.#words[index * HEADER_WORDS + NAME_LENGTH] = length;
  }

  /** Octets of data that were received. */
  length(index: number): number {
    return this.#words[index * HEADER_WORDS + LENGTH];
  }

  /** What `setData()` was told: a view. */
  data(index: number): Uint8Array {
    const iovec = index * IOVEC_WORDS;
    const [low, high] = this.#iovecs.subarray(iovec + DATA, iovec + DATA_LENGTH);
    const start = low + high * WORD_RANGE - this.#dataAddress;
    return this.octets.subarray(start, start + this.#iovecs[iovec + DATA_LENGTH]);
  }

  /** The headers from `index` on, for the kernel. */
  headersFrom(index: number): Uint8Array {
    return index === 0 ? this.headers : this.headers.subarray(index * HEADER_LENGTH);
  }
}

function setPointer(words: Uint32Array, at: number, address: number): void {
  words[at] = address % WORD_RANGE;
  words[at + 1] = Math.floor(address / WORD_RANGE);
}
