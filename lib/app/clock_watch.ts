/** Tells when this machine's clock is known to be wrong, and when it no longer is. */

import { type ClockFloor, day } from "../base/clock_floor.ts";
import type { Logger } from "../base/log.ts";

export class ClockWatch {
  readonly #floor: ClockFloor;
  readonly #log: Logger;
  readonly #onRight: () => void;
  #isWrong: boolean;

  /** Warns at once if it is wrong. `onRight` is called when certificates can be checked that could not be. */
  constructor(floor: ClockFloor, log: Logger, onRight: () => void) {
    this.#floor = floor;
    this.#log = log;
    this.#onRight = onRight;
    this.#isWrong = floor.isWrong;
    if (this.#isWrong) log.warning(floor.complaint);
  }

  /** To be called every second or so. */
  look(): void {
    if (this.#floor.isWrong === this.#isWrong) return;
    this.#isWrong = !this.#isWrong;
    if (this.#isWrong) return this.#log.warning(this.#floor.complaint);
    const date = day(this.#floor.now);
    if (this.#floor.isProven) {
      this.#log.info(
        `A certificate is valid by this machine's clock (${date}): going on with it`,
      );
    } else {
      this.#log.info(`This machine's clock says ${date} now: certificates can be checked`);
      this.#onRight();
    }
  }
}
