/**
 * Waits until a descriptor can be read or written, in a thread that poll(2) occupies, and can be woken up:
 *
 *     wait() --> poll: descriptor, signal <-- close()
 */

import { type DescriptorCalls, Poll } from "./descriptor_calls.ts";

/** `struct pollfd`: descriptor (4 octets), events asked for (2), events that came (2). */
const ENTRY_LENGTH = 8;
const CAME = 6;

export class Readiness {
  readonly #calls: DescriptorCalls;
  readonly #signal: number;
  readonly #octets = new Uint8Array(new ArrayBuffer(2 * ENTRY_LENGTH));
  readonly #view = new DataView(this.#octets.buffer);
  #isWaiting = false;
  #isClosed = false;

  /** `event` is one of `Poll`; throws an `Error` if descriptors have run out. */
  constructor(calls: DescriptorCalls, descriptor: number, event: number) {
    this.#calls = calls;
    this.#signal = calls.openSignal();
    [[descriptor, event], [this.#signal, Poll.IN]].forEach(([number, wanted], index) => {
      this.#view.setInt32(index * ENTRY_LENGTH, number, true);
      this.#view.setInt16(index * ENTRY_LENGTH + 4, wanted, true);
    });
  }

  /** Whether a call is under way, for which the descriptor has to stay open. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Resolves once there is something, or after `close()`; one call at a time. Rejects if it is not open. */
  async wait(): Promise<void> {
    if (this.#isClosed) return;
    this.#isWaiting = true;
    await this.#calls.poll(this.#octets, 2);
    this.#isWaiting = false;
    if (this.#isClosed) this.#calls.close(this.#signal);
    else if ((this.#view.getInt16(CAME, true) & Poll.INVALID) !== 0) {
      throw new Error("the descriptor is not open");
    }
  }

  /** Ends `wait()`. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isWaiting) this.#calls.signal(this.#signal);
    else this.#calls.close(this.#signal);
  }
}
