/** The axis of a chart: where its ticks are, and where a value is between them. */

/** Places are shares of the height, from 0 at the bottom to 1 at the top. */
export interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** What steps from tick to tick may be, times a power of ten. */
const STEPS = [1, 2, 5, 10];
const MOST_STEPS = 4;
/** Ticks of an axis of times, times a power of ten. */
const FINE = [1, 3];
const COARSE = [1];
/** Milliseconds. */
const SHORTEST = 0.1;
const LONGEST = 10_000;
const LEAST_SPAN = 3;
const MOST_FINE_DECADES = 2.5;

/** From zero to a round number that is not below `most`. */
export function linearAxis(most: number): Axis {
  const least = Math.max(most, 1) / MOST_STEPS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * (STEPS.find((each) => each * power >= least) ?? 10);
  const steps = Math.max(1, Math.ceil(most / step));
  const ticks = Array.from({ length: steps + 1 }, (_, at) => tidy(at * step));
  return { ticks, place: (value) => value / (steps * step) };
}

/** Logarithmic, for times in milliseconds, of which there may be none. What is shorter or longer is at its ends. */
export function latencyAxis(times: readonly number[]): Axis {
  const low = Math.max(SHORTEST, Math.min(LONGEST / 10, ...times));
  const high = Math.min(LONGEST, Math.max(LEAST_SPAN * low, ...times));
  const all = decadeTicks(Math.log10(high / low) > MOST_FINE_DECADES ? COARSE : FINE);
  const first = all.findLast((tick) => tick <= low) ?? SHORTEST;
  const last = all.find((tick) => tick >= high) ?? LONGEST;
  const decades = Math.log10(last / first);
  return {
    ticks: all.filter((tick) => tick >= first && tick <= last),
    place: (value) => Math.min(1, Math.max(0, Math.log10(value / first) / decades)),
  };
}

function decadeTicks(factors: readonly number[]): readonly number[] {
  const decades = [0.1, 1, 10, 100, 1000];
  const ticks = decades.flatMap((decade) => factors.map((factor) => tidy(decade * factor)));
  return [...ticks, LONGEST];
}

/** Without what binary fractions leave over. */
function tidy(number: number): number {
  return Number(number.toPrecision(6));
}
