/** Time as the program sees it. Passed in, so that tests move it instead of waiting. */

/** A running timer; `cancel()` may be called at any time. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds since some start. */
  now(): number;
  /** Calls `callback` once after `delay` milliseconds. */
  after(delay: number, callback: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delay, callback) {
    const id = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(id) };
  },
};
