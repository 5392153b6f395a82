/**
 * `deno task soak`: the forwarder under steady load for a long time, in front of an upstream that ends its
 * connections every 1 to 5 seconds in any manner, with queries in flight. Ends with 1 if a query was lost
 * or answered with an error, or if the forwarder grew.
 *
 *     dnsperf --UDP--> forwarder, as `deno task start` runs it --TLS--> closing upstream
 *
 * Options: --minutes N (default 10), --rate N queries a second (default 5000).
 */

import { createAuthority } from "../tests/helpers/certificate.ts";
import type { Program, Summary } from "../tests/helpers/program.ts";
import { startWithUpstreams } from "../tests/helpers/scenario.ts";
import { inspector } from "./soak/garbage.ts";
import { drive, type Outcome, sum, writeQuestions } from "./soak/load.ts";
import { type Options, readOptions } from "./soak/options.ts";
import { describeSize, droppedDatagrams, settledSize, type Size } from "./soak/size.ts";
import { UpstreamProcess } from "./soak/upstream_process.ts";

const NAME = "soak.test";
const WARM_UP = 10;
const MINUTE = 60;
/** Of its own memory, garbage collected. */
const MAX_GROWTH = 0.1;

const options = readOptions("soak", { minutes: 10, rate: 5000 });
const file = await Deno.makeTempFile({ prefix: "dnsfwd-soak-" });
try {
  // No question comes twice within a minute.
  await writeQuestions(file, options.rate * MINUTE);
  Deno.exitCode = await soak(options) ? 0 : 1;
} finally {
  await Deno.remove(file);
}

/** Whether all is as it must be. */
async function soak({ minutes, rate }: Options): Promise<boolean> {
  const authority = await createAuthority("Authority of the soak");
  await using upstream = await UpstreamProcess.start(await authority.issue({ dnsNames: [NAME] }));
  const uri = `tls://127.0.0.1:${upstream.port}#${NAME}`;
  const { flag, collect } = inspector();
  await using program = await startWithUpstreams([uri], authority, { flags: [flag] });
  const { port } = program.address;
  const outcomes: Outcome[] = [];
  const run = async (name: string, seconds: number) => {
    outcomes.push(await drive(port, file, rate, seconds));
    const dropped = droppedDatagrams(port);
    print(name, outcomes[outcomes.length - 1], await program.summary(), dropped);
  };
  await run("warm-up", WARM_UP);
  const size = () => settledSize(program.pid, collect);
  const first = await size();
  for (let minute = 0; minute < minutes; minute++) {
    await run(`minute ${minute + 1}`, Math.ceil(Math.min(1, minutes - minute) * MINUTE));
    console.log(`  ${describeSize(await size())}`);
  }
  return await judge(sum(outcomes), { first, last: await size() }, program, upstream);
}

/** Ends everything and tells what it came to. */
async function judge(
  outcome: Outcome,
  { first, last }: { first: Size; last: Size },
  program: Program,
  upstream: UpstreamProcess,
): Promise<boolean> {
  const dropped = droppedDatagrams(program.address.port);
  const { exit, summary } = await ended(program);
  const { closed, cut, reset } = await upstream.stop();
  print("in all", outcome, summary, dropped);
  console.log(
    `  ended by upstream: ${closed} by close_notify, ${cut} by FIN alone, ${reset} by RST`,
  );
  console.log(`  longest answered query: ${summary["longest in flight"]} ms`);
  console.log(`  start: ${describeSize(first)}`);
  console.log(`  end:   ${describeSize(last)}`);
  const problems = [
    ...queryProblems(outcome, dropped),
    ...growthProblems(first, last),
    ...exit === 0 ? [] : [`the program ended with ${exit}`],
  ];
  console.log(problems.length === 0 ? "as it must be" : `WRONG: ${problems.join("; ")}`);
  return problems.length === 0;
}

function queryProblems({ lost, errors }: Outcome, dropped: number): string[] {
  const problems: string[] = [];
  const unread = dropped > 0 ? `, ${dropped} of them dropped unread (is this machine busy?)` : "";
  if (lost > 0) problems.push(`${lost} lost${unread}`);
  if (errors > 0) problems.push(`${errors} answered with an error`);
  return problems;
}

function growthProblems(first: Size, last: Size): string[] {
  const problems: string[] = [];
  const growth = last.own / first.own - 1;
  if (growth > MAX_GROWTH) problems.push(`its own memory grew by ${(growth * 100).toFixed(0)} %`);
  if (last.descriptors > first.descriptors) problems.push("open descriptors grew");
  return problems;
}

async function ended(program: Program): Promise<{ exit: number; summary: Summary }> {
  const { code, stderr } = await program.stop();
  if (code !== 0) console.error(stderr);
  return { exit: code, summary: program.lastSummary ?? {} };
}

/**
 * What came of the queries; connections, what was sent again, and what the system dropped while the program
 * had no processor to read it, count from the start.
 */
function print(
  name: string,
  { sent, answered, lost, serverFailures }: Outcome,
  { connections, resent }: Summary,
  dropped: number,
): void {
  console.log(
    `${name}: sent ${sent}, answered ${answered}, lost ${lost}, SERVFAIL ${serverFailures}; ` +
      `so far connections ${connections}, resent ${resent}, dropped unread ${dropped}`,
  );
}
