/**
 * `deno task background [ROUNDS]`: the forwarder is killed a hundred times under
 * `ensure`, as cron would call it, and a hundred times two of them start at the same instant. After each round
 * exactly one instance must run and answer; what does not is told, with exit code 1.
 */
import { BackgroundStage } from "../tests/helpers/background.ts";

const rounds = Number(Deno.args[0] ?? 100);
const PATIENCE = 60_000;

/** One instance runs, and answers. */
async function isServing(stage: BackgroundStage, round: number): Promise<boolean> {
  const { length } = stage.pids;
  const { rcode } = await stage.ask(`x${round}.example`);
  if (length === 1 && rcode === 0) return true;
  console.log(`Round ${round}: ${length} instances, RCODE ${rcode}`);
  return false;
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** Kills what runs and calls `ensure` so many times at once, `rounds` times; how many rounds went wrong. */
async function killed(stage: BackgroundStage, callers: number): Promise<number> {
  const times: number[] = [];
  let wrong = 0;
  for (let round = 0; round < rounds; round++) {
    for (const pid of stage.pids) Deno.kill(pid, "SIGKILL");
    const ensures = () => Promise.all(Array.from({ length: callers }, () => stage.ensure()));
    times.push(await timed(ensures));
    if (!await isServing(stage, round)) wrong++;
  }
  times.sort((a, b) => a - b);
  const [median, most] = [times[rounds >> 1], times[rounds - 1]].map((time) => time.toFixed(0));
  console.log(`${rounds} times killed, ${callers} at once: ${median} ms, at most ${most} ms`);
  return wrong;
}

/** Milliseconds of `ensure` while all is well: the median. */
async function idle(stage: BackgroundStage): Promise<void> {
  const times: number[] = [];
  while (times.length < rounds) times.push(await timed(() => stage.ensure()));
  times.sort((a, b) => a - b);
  console.log(`Nothing to do: ${times[rounds >> 1].toFixed(0)} ms`);
}

const deadline = setTimeout(() => {
  console.log("Not done in time");
  Deno.exit(1);
}, PATIENCE + rounds * 10_000);
await using stage = await BackgroundStage.open();
await stage.ensure();
await idle(stage);
const wrong = await killed(stage, 1) + await killed(stage, 2);
clearTimeout(deadline);
console.log(wrong === 0 ? "Always one instance" : `${wrong} rounds went wrong`);
Deno.exitCode = wrong === 0 ? 0 : 1;
