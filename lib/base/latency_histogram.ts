/**
 * How long things took: so many of each length, in buckets that are an eighth of their length wide, so that a
 * percentile is right to an eighth. All in one array that never grows: adding allocates nothing.
 *
 *     unit  2^-5 ms; buckets 0 to 15 are one unit wide, then there are eight to each octave, up to 8192 ms
 */

const UNITS_PER_MS = 32;
const LINEAR = 16;
const PER_OCTAVE = 8;
const FIRST_OCTAVE = 4;
const OCTAVES = 14;
const BUCKETS = LINEAR + OCTAVES * PER_OCTAVE;
const MAX_UNITS = 2 ** (FIRST_OCTAVE + OCTAVES) - 1;

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #max = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Of all, in milliseconds. */
  get sum(): number {
    return this.#sum;
  }

  /** The longest, in milliseconds; 0 without any. */
  get max(): number {
    return this.#max;
  }

  /** Adds one that took `time` milliseconds. */
  add(time: number): void {
    this.#counts[bucketOf(time)]++;
    this.#count++;
    this.#sum += time;
    if (time > this.#max) this.#max = time;
  }

  /** Adds all of `other`. */
  addAll(other: LatencyHistogram): void {
    for (let at = 0; at < BUCKETS; at++) this.#counts[at] += other.#counts[at];
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Takes all out again. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = this.#sum = this.#max = 0;
  }

  /** The milliseconds that the share `part`, from 0 to 1, does not exceed; -1 without any. */
  percentile(part: number): number {
    if (this.#count === 0) return -1;
    const rank = Math.max(1, Math.ceil(part * this.#count));
    let seen = 0;
    let at = 0;
    while (at < BUCKETS - 1 && (seen += this.#counts[at]) < rank) at++;
    return Math.min(this.#max, boundOf(at + 1));
  }

  /** How many took less than `time` milliseconds: exact where that is a power of two, from 1/32 on. */
  countBelow(time: number): number {
    const end = bucketOf(time);
    let count = 0;
    for (let at = 0; at < end; at++) count += this.#counts[at];
    return count;
  }
}

function bucketOf(time: number): number {
  const units = Math.min(MAX_UNITS, (time * UNITS_PER_MS) | 0);
  if (units < LINEAR) return Math.max(0, units);
  const octave = 31 - Math.clz32(units);
  return LINEAR + (octave - FIRST_OCTAVE) * PER_OCTAVE + ((units >> (octave - 3)) & 7);
}

/** The milliseconds at which a bucket begins. */
function boundOf(bucket: number): number {
  if (bucket < LINEAR) return bucket / UNITS_PER_MS;
  const octave = FIRST_OCTAVE + Math.floor((bucket - LINEAR) / PER_OCTAVE);
  return (PER_OCTAVE + (bucket - LINEAR) % PER_OCTAVE) * 2 ** (octave - 3) / UNITS_PER_MS;
}
