/**
 * Whether this machine's clock can be right. A router without a battery starts in 1970, or at the date of
 * its firmware, and until somebody sets its clock no certificate can be checked.
 *
 *     floor = the later of: when the program was built (a fact)
 *                           when the clock was last known to be right (a memory, which may be mistaken)
 *
 * A clock before the floor is wrong, unless it is proven: a certificate chain has been verified, validity
 * periods included, at the clock as it is set now. So a memory that lies in the future locks nobody out.
 * What depends on a wrong clock becomes less by a proof, never more: the certificate is checked with the clock.
 */

export interface ClockFloorOptions {
  /** When the program was built. All times are in milliseconds since 1970. */
  readonly built: number;
  /** The wall clock. */
  readonly wall: () => number;
  /** When the clock was last known to be right; left out where nobody remembers. */
  readonly known?: number;
}

export class ClockFloor {
  readonly #built: number;
  readonly #wall: () => number;
  #known: number;
  #isProven = false;

  constructor({ built, wall, known = -Infinity }: ClockFloorOptions) {
    this.#built = built;
    this.#wall = wall;
    this.#known = known;
  }

  /** Whether the clock is certainly wrong, at this very moment. */
  get isWrong(): boolean {
    return !this.#isProven && this.#wall() < Math.max(this.#built, this.#known);
  }

  /** Whether a chain has been verified at the clock as it is set now. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Whether the time is worth remembering: proven, and not against the one fact there is. */
  get isBelieved(): boolean {
    return this.#isProven && this.#wall() >= this.#built;
  }

  /** The wall clock as it is. */
  get now(): number {
    return this.#wall();
  }

  /** Short enough for an extended error: what a connection fails for. */
  get cause(): string {
    return `this machine's clock is wrong: it says ${day(this.#wall())}`;
  }

  /** What logs say behind the cause. */
  get detail(): string {
    return `, ${this.#evidence(day)}: certificates cannot be checked until it is set`;
  }

  /** The whole of it, as a sentence. */
  get complaint(): string {
    const now = this.#wall();
    const floor = Math.max(this.#built, this.#known);
    const format = day(now) === day(floor) ? minute : day;
    return `This machine's clock says ${format(now)}, ${this.#evidence(format)}: ` +
      "certificates cannot be checked until it is set";
  }

  /** A chain has been verified at this clock, validity periods included. */
  onProof(): void {
    this.#isProven = true;
  }

  /** The clock has been set, or may have been: what was proven was another clock. */
  onClockSet(): void {
    this.#isProven = false;
  }

  /** From now on `time` is what is remembered. */
  remember(time: number): void {
    this.#known = time;
  }

  #evidence(format: (time: number) => string): string {
    return this.#built >= this.#known
      ? `before this program was built (${format(this.#built)})`
      : `before it was last known to be right (${format(this.#known)})`;
  }
}

/** `2019-05-01` (UTC). */
export function day(time: number): string {
  return new Date(time).toISOString().replace(/T.*/, "");
}

/** `2019-05-01 08:15 UTC`. */
function minute(time: number): string {
  return new Date(time).toISOString().replace(/T(\d+:\d+).*/, " $1 UTC");
}
