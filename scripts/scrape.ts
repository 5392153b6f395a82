/**
 * `deno task scrape`: what reading `--metrics` takes, under load. Ends with 1 if it is not as it must be:
 *
 * - times: the slowest reading of anything is there within 50 ms.
 * - cost: a query takes at most 3 % more of the processor than without `--metrics`, read every second.
 *   By turns, so that what else this machine does hits both; the median of the rounds counts.
 * - growth: after --minutes of a reading every second the program's own memory is as large as before, but
 *   for 5 %.
 *
 * Options: --minutes N (default 10), --rate N queries a second (default 10,000).
 */

import { BenchUpstream } from "./bench/upstream.ts";
import { processorTime } from "./bench/process_tree.ts";
import type { Program } from "../tests/helpers/program.ts";
import { every, METRICS, type Path, PATHS, readAll, startForwarder } from "./scrape/scraped.ts";
import { inspector } from "./soak/garbage.ts";
import { drive, writeQuestions } from "./soak/load.ts";
import { readOptions } from "./soak/options.ts";
import { describeSize, settledSize } from "./soak/size.ts";

const MAX_TIME = 50;
const MAX_COST = 0.03;
const MAX_GROWTH = 0.05;
const TIMES_SECONDS = 30;
const ROUNDS = 24;
const ROUND_SECONDS = 3;
const WARM_UP = 60;
const SECOND = 1000;

const { minutes, rate } = readOptions("scrape", { minutes: 10, rate: 10_000 });
const file = await Deno.makeTempFile({ prefix: "dnsfwd-scrape-" });
try {
  await writeQuestions(file, rate * ROUND_SECONDS);
  await using upstream = await BenchUpstream.start();
  const results = [await times(upstream), await cost(upstream), await growth(upstream)];
  Deno.exitCode = results.every((isGood) => isGood) ? 0 : 1;
} finally {
  await Deno.remove(file);
}
console.log(Deno.exitCode === 0 ? "as it must be" : "WRONG");

/** Whether all was read in time. */
async function times(upstream: BenchUpstream): Promise<boolean> {
  await using program = await startForwarder(upstream, METRICS);
  const found = new Map<Path, number[]>(PATHS.map((path) => [path, []]));
  const driven = drive(program.address.port, file, rate, TIMES_SECONDS);
  await every(SECOND / 20, driven, async (count) => {
    const path = PATHS[count % PATHS.length];
    found.get(path)?.push(await readAll(program, path));
  });
  const { answered, lost } = await driven;
  console.log(`times, at ${rate} queries a second: answered ${answered}, lost ${lost}`);
  for (const [path, all] of found) {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(1);
    console.log(`  ${path}: ${all.length} times; p50 ${at(0.5)} ms, p99 ${at(0.99)}, max ${at(1)}`);
  }
  return Math.max(...[...found.values()].flat()) <= MAX_TIME;
}

/** Whether a query costs no more of the processor than it may. */
async function cost(upstream: BenchUpstream): Promise<boolean> {
  await using plain = await startForwarder(upstream, []);
  await using told = await startForwarder(upstream, METRICS);
  for (const program of [plain, told]) await drive(program.address.port, file, rate, ROUND_SECONDS);
  const rounds: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const turns = [() => perQuery(plain), () => perQuery(told, () => readAll(told, "/metrics"))];
    // Whoever comes second is at no advantage in the next round.
    if (round % 2 === 1) turns.reverse();
    const pair = [await turns[0](), await turns[1]()];
    rounds.push(round % 2 === 1 ? [pair[1], pair[0]] : [pair[0], pair[1]]);
  }
  const [without, having] = [0, 1].map((at) => median(rounds.map((each) => each[at])));
  const more = median(rounds.map(([one, other]) => other / one)) - 1;
  console.log(
    `cost: ${without.toFixed(2)} us of CPU per query, ${having.toFixed(2)} with --metrics ` +
      `read every second: ${(more * 100).toFixed(1)} % more`,
  );
  return more <= MAX_COST;
}

/** Microseconds of the processor for each query of a round, with `read` every second. */
async function perQuery(program: Program, read = () => Promise.resolve(0)): Promise<number> {
  const before = processorTime([program.pid]);
  const driven = drive(program.address.port, file, rate, ROUND_SECONDS);
  await every(SECOND, driven, read);
  return (processorTime([program.pid]) - before) / (await driven).answered;
}

/** Whether the program is as large as it was. */
async function growth(upstream: BenchUpstream): Promise<boolean> {
  const { flag, collect } = inspector();
  await using program = await startForwarder(upstream, METRICS, [flag]);
  const size = () => settledSize(program.pid, collect);
  const read = async (seconds: number) => {
    const driven = drive(program.address.port, file, rate, seconds);
    await every(SECOND, driven, (count) => readAll(program, PATHS[count % PATHS.length]));
  };
  await read(WARM_UP);
  const first = await size();
  await read(Math.ceil(minutes * 60));
  const last = await size();
  console.log(`growth, read every second for ${minutes} minutes at ${rate} queries a second:`);
  console.log(`  start: ${describeSize(first)}\n  end:   ${describeSize(last)}`);
  return last.own <= first.own * (1 + MAX_GROWTH);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
