/**
 * `deno task bench`: dnsfwd beside other programs that forward over TLS to the same local server, all
 * driven by dnsperf in turn. Prints Markdown, and writes it with a chart to `dist/bench/`.
 *
 * Per program: queries per second and CPU per query (user and system, all threads and processes) when
 * saturated, latency at a light load, loss and CPU at fixed rates, resident size. What the peers are told
 * is in `bench/peers.ts`; those that are not installed are left out.
 *
 * Machine and load differ from hour to hour: only the ratio within one run means something.
 */

import { findProgram } from "../tests/helpers/real_peer.ts";
import { drawChart } from "./bench/chart.ts";
import { type Contender, reasonOf, startContenders } from "./bench/contender.ts";
import { writeQuestions } from "./bench/dnsperf.ts";
import { measureFirstAnswers } from "./bench/first_answer.ts";
import { FORWARDERS, isForwarder, otherForwarder } from "./bench/forwarders.ts";
import { describeMachine } from "./bench/machine.ts";
import { help, type Options, parseOptions } from "./bench/options.ts";
import { PEERS } from "./bench/peers.ts";
import { type Findings, formatReport } from "./bench/report.ts";
import { Rounds } from "./bench/rounds.ts";
import { BenchUpstream } from "./bench/upstream.ts";

const OUTPUT = new URL("../dist/bench/", import.meta.url);
const PLANS = [...FORWARDERS, ...PEERS];
/** Without these there is no comparison. */
const NEEDED = ["dnsperf", "dnsdist", "kdig"];
const MEMORY_PARTS = 10;

Deno.exit(await main());

/** 0, 1 when it failed, 2 for wrong usage, 130 when interrupted. */
async function main(): Promise<number> {
  const names = PLANS.map((plan) => plan.name);
  let options: Options;
  try {
    options = parseOptions(Deno.args, names);
  } catch (error) {
    console.error(reasonOf(error));
    return 2;
  }
  if (options.help) {
    console.log(help(names));
    return 0;
  }
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => interruption.abort(new Error("Interrupted")));
  }
  try {
    await bench(options, interruption.signal);
    return 0;
  } catch (error) {
    console.error(interruption.signal.aborted ? "Interrupted" : error);
    return interruption.signal.aborted ? 130 : 1;
  }
}

/** Whatever it starts and writes outside `dist/` is gone when it returns or throws. */
async function bench(options: Options, signal: AbortSignal): Promise<void> {
  const missing = NEEDED.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) throw new Error(`Not installed: ${missing.join(", ")}`);
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const questions = `${folder}/questions`;
  await writeQuestions(questions);
  const upstream = stack.use(await BenchUpstream.start());
  const others = options.against === undefined ? [] : [otherForwarder(options.against)];
  const plans = [...PLANS.filter((plan) => options.names.includes(plan.name)), ...others];
  const { contenders, absences } = await startContenders(plans, upstream, stack, signal);
  const rounds = new Rounds(upstream, questions, signal);
  const results = await rounds.run(contenders, options.rounds, options.seconds);
  await publish({
    medians: results.medians,
    absences: [...absences, ...results.absences],
    firstAnswers: await measureFirstAnswers(upstream, folder, signal),
    machine: await describeMachine(),
    rounds: options.rounds,
    seconds: options.seconds,
  });
  const own = contenders.find(({ name }) => isForwarder(name) && results.medians.has(name));
  if (options.queries > 0 && own !== undefined) await printMemory(rounds, own, options.queries);
}

async function publish(findings: Findings): Promise<void> {
  const report = formatReport(findings);
  console.log(report);
  await Deno.mkdir(OUTPUT, { recursive: true });
  await Deno.writeTextFile(new URL("bench.md", OUTPUT), report);
  await Deno.writeTextFile(new URL("bench.svg", OUTPUT), drawChart(findings));
}

async function printMemory(rounds: Rounds, own: Contender, queries: number): Promise<void> {
  const sizes = await rounds.residentSizes(own, queries, MEMORY_PARTS);
  const text = sizes.map((size) => size.toFixed(0)).join(", ");
  console.log(`${own.name}, resident MB after each tenth of ${queries} queries: ${text}`);
}
