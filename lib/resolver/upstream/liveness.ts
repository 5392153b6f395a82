/**
 * When an upstream has been silent for too long: a query was sent and nothing has been answered since, for
 * longer than responses take, whatever octets arrive. The kernel would give up such a connection after a quarter of an hour. A
 * query that only takes long, while others sent later are answered, says nothing about its connection.
 */

/** Milliseconds: shorter silence is normal for a resolver that has to ask others. */
const MIN_PATIENCE = 1000;
/** So that a query sent once more still has a second until its deadline. */
const MAX_PATIENCE = 3000;
const FACTOR = 4;
/** The weight of a new response time, as for TCP (RFC 6298, 2). */
const GAIN = 1 / 8;

export class Liveness {
  #smoothed = -1;

  /** The smoothed time from sending to response, in milliseconds; -1 before the first. */
  get responseTime(): number {
    return this.#smoothed;
  }

  /** A response came after `time` milliseconds. */
  onAnswer(time: number): void {
    this.#smoothed = this.#smoothed < 0 ? time : this.#smoothed + (time - this.#smoothed) * GAIN;
  }

  /** Whether a connection has said nothing for too long. */
  isSilent(
    connection: { readonly inFlight: number; readonly quietSince: number },
    now: number,
  ): boolean {
    if (connection.inFlight === 0 || connection.quietSince < 0) return false;
    const patience = Math.max(MIN_PATIENCE, Math.min(MAX_PATIENCE, FACTOR * this.#smoothed));
    return now - connection.quietSince >= patience;
  }
}
