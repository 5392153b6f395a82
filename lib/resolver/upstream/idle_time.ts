/**
 * How long a connection to an upstream may be idle until we close it: a little less than until the upstream
 * would. Who closes first cannot lose a query to a connection that is just being closed at the other end.
 *
 * Its latest response on the connection may say how long (RFC 7828, 3.2.2), which may be more than our own
 * limit or less; where it does not say, our own holds. More at most up to a minute: by then hardly a query
 * comes back to the connection, while routers on the way forget it, and the server has to keep it.
 *
 * What the upstream was seen to do counts where that is shorter, whatever it says: dnsdist passes on what its
 * own upstream says, and closes earlier. The shortest time counts, as servers look for idle connections now
 * and then only: dnsdist was seen to close after 2.0 to 2.9 s.
 *
 * What was seen may have been an accident, such as a restart, or may change. So when we have closed first
 * for a while, the limit grows by a tenth, until the upstream closes again; and then less often, as that
 * is not by accident.
 */

const LONGEST = 60_000;
/** Milliseconds by which we are first, at least: the way of a query, and the time to notice. */
const MIN_MARGIN = 500;
const MARGIN = 0.1;
/** A connection closed after less is not closed for idleness: servers wait seconds (RFC 7766, 6.2.3). */
const MIN_SEEN = 1000;
const GROWTH = 1.1;
/** How many connections of those that we closed first are between two steps of growth, at most. */
const MAX_CLOSES_PER_STEP = 16;
/** Below this it is worth to connect again at once: more is longer than most pauses between queries. */
const SHORT = 30_000;

export class IdleTime {
  readonly #own: number;
  /** After how many milliseconds the upstream closes, as far as that was seen. */
  #seen = Infinity;
  #closesPerStep = 1;
  /** How many connections we closed first since the last step. */
  #closes = 0;

  /** `own`: milliseconds, where nothing is known. */
  constructor(own: number) {
    this.#own = own;
  }

  /** The milliseconds that a connection may be idle whose latest response allows `timeout`; -1: it did not say. */
  limit(timeout: number): number {
    const allowed = timeout < 0 ? this.#own : Math.min(LONGEST, shortOf(timeout));
    return Math.min(allowed, shortOf(this.#seen));
  }

  /** We closed a connection that had been idle for `limit` milliseconds. */
  onClosedFirst(limit: number): void {
    // What the upstream said or our own was shorter: nothing was learned about what it does.
    if (limit < shortOf(this.#seen) || ++this.#closes < this.#closesPerStep) return;
    this.#closes = 0;
    this.#seen *= GROWTH;
  }

  /**
   * The upstream closed a connection that was idle for `idle` milliseconds after its last response. Says
   * whether a new one is worth opening before the next query.
   */
  onClosedByUpstream(idle: number): boolean {
    if (idle < MIN_SEEN) return false;
    if (this.#seen < Infinity) {
      this.#closesPerStep = Math.min(MAX_CLOSES_PER_STEP, 2 * this.#closesPerStep);
    }
    this.#closes = 0;
    this.#seen = Math.min(this.#seen, idle);
    return idle < SHORT;
  }
}

/** A moment before `time` milliseconds. */
function shortOf(time: number): number {
  return Math.max(time / 2, Math.min(time - MIN_MARGIN, time * (1 - MARGIN)));
}
