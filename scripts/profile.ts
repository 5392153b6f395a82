/**
 * `deno task profile`: where the processor's time goes when the forwarder is saturated. Runs it as
 * `deno task start` does, in front of the upstream of `deno task bench`, has perf(1) look at it two thousand
 * times a second, and prints a Markdown table: part of the program or of the kernel, share, microseconds
 * per query.
 *
 * Options: --udp-io auto|plain|batch (default auto), --seconds N (default 5). Needs perf, dnsperf, dnsdist.
 */

import { parseArgs } from "@std/cli/parse-args";
import { startProgram } from "../tests/helpers/program.ts";
import { runDnsperf, saturatedLoad, writeQuestions } from "./bench/dnsperf.ts";
import { tlsArguments } from "./bench/forwarders.ts";
import { processorTime } from "./bench/process_tree.ts";
import { BenchUpstream } from "./bench/upstream.ts";
import { countParts } from "./profile/parts.ts";

const SAMPLES_PER_SECOND = 1999;
const WARM_UP_SECONDS = 2;

const options = parseArgs(Deno.args, { string: ["udp-io", "seconds"] });
const seconds = Number(options.seconds ?? 5);
const folder = await Deno.makeTempDir({ prefix: "dnsfwd-profile-" });
try {
  const { samples, microseconds } = await measure(String(options["udp-io"] ?? "auto"));
  printTable(samples, microseconds);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** The samples as text, and CPU time per query while they were taken. */
async function measure(udpIo: string): Promise<{ samples: string; microseconds: number }> {
  const questions = `${folder}/questions`;
  await writeQuestions(questions);
  await using upstream = await BenchUpstream.start();
  const args = ["--listen", "127.0.0.1:0", ...await tlsArguments(upstream, folder)];
  // The names of compiled functions, for perf; and V8's own log away from here.
  const flags = `--perf-basic-prof --no-logfile-per-isolate --logfile=${folder}/v8.log`;
  await using program = await startProgram(["run", ...args, "--udp-io", udpIo], {
    env: { DENO_V8_FLAGS: flags.replaceAll(" ", ",") },
  });
  const { port } = program.address;
  const { signal } = new AbortController();
  await runDnsperf(port, questions, saturatedLoad(WARM_UP_SECONDS), signal);
  const before = processorTime([program.pid]);
  const [, { answered }] = await Promise.all([
    record(program.pid),
    runDnsperf(port, questions, saturatedLoad(seconds), signal),
  ]);
  const microseconds = (processorTime([program.pid]) - before) / answered;
  const samples = await perf("script", "-F", "comm,ip,sym,dso", "--no-inline");
  await Deno.remove(`/tmp/perf-${program.pid}.map`);
  return { samples, microseconds };
}

async function record(pid: number): Promise<void> {
  const rate = ["-F", `${SAMPLES_PER_SECOND}`];
  await perf("record", "-q", "-g", ...rate, "-p", `${pid}`, "--", "sleep", `${seconds}`);
}

async function perf(command: string, ...args: string[]): Promise<string> {
  const file = [command === "record" ? "-o" : "-i", `${folder}/perf.data`];
  const { success, stdout, stderr } = await new Deno.Command("perf", {
    args: [command, ...file, ...args],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function printTable(samples: string, microseconds: number): void {
  const parts = [...countParts(samples)].toSorted(([, one], [, other]) => other - one);
  const total = parts.reduce((sum, [, count]) => sum + count, 0);
  const lines = parts.map(([part, count]) => {
    const share = count / total;
    return `| ${part} | ${(100 * share).toFixed(1)} % | ${(microseconds * share).toFixed(2)} |`;
  });
  console.log(`| part | share | us per query |
| --- | ---: | ---: |
${lines.join("\n")}
| all | | ${microseconds.toFixed(1)} |`);
}
