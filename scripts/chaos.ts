/**
 * `deno task chaos`: the forwarder with two upstreams that end their connections every 1 to 5 seconds in any
 * manner, while one of them at a time is killed and started again, or stopped by a signal. Ends with 1 if a
 * query was not answered, the slowest hundredth took 1.5 s or more, or the forwarder grew.
 *
 * Options: --minutes N (default 10), --rate N queries a second (default 200).
 */

import { createAuthority } from "../tests/helpers/certificate.ts";
import { startWithUpstreams } from "../tests/helpers/scenario.ts";
import { parseOutcome } from "./bench/dnsperf.ts";
import { Mischief } from "./chaos/mischief.ts";
import { inspector } from "./soak/garbage.ts";
import { writeQuestions } from "./soak/load.ts";
import { type Options, readOptions } from "./soak/options.ts";
import { describeSize, settledSize } from "./soak/size.ts";

const NAME = "chaos.test";
const SLOWEST = 1500;
/** Of its own memory, garbage collected. */
const MAX_GROWTH = 0.1;
/** Seconds until every path has been taken once, and what is compiled when first needed has been. */
const WARM_UP = 120;
/** Seconds that a query may take. */
const PATIENCE = 6;

const options = readOptions("chaos", { minutes: 10, rate: 200 });
const file = await Deno.makeTempFile({ prefix: "dnsfwd-chaos-" });
try {
  await writeQuestions(file, 60 * options.rate);
  Deno.exitCode = await chaos(options) ? 0 : 1;
} finally {
  await Deno.remove(file);
}

/** Whether all is as it must be. */
async function chaos({ minutes, rate }: Options): Promise<boolean> {
  const authority = await createAuthority("Authority of the chaos");
  await using mischief = await Mischief.start(await authority.issue({ dnsNames: [NAME] }));
  const uris = mischief.ports.map((port) => `tls://127.0.0.1:${port}#${NAME}`);
  const { flag, collect } = inspector();
  await using program = await startWithUpstreams(uris, authority, { flags: [flag] });
  const { port } = program.address;
  const size = () => settledSize(program.pid, collect);
  mischief.begin();
  const before = await drive(port, rate, WARM_UP);
  const first = await size();
  const after = await drive(port, rate, Math.ceil(60 * minutes));
  await mischief.end();
  await drive(port, rate, 10);
  const last = await size();
  const [sent, answered] = [before.sent + after.sent, before.answered + after.answered];
  const latencies = [...before.latencies, ...after.latencies].sort((a, b) => a - b);
  const summary = await program.summary();
  const at = (share: number) => Math.round(latencies[Math.floor(latencies.length * share)]);
  const { killed, stopped } = mischief.counts;
  console.log(`${killed} times killed, ${stopped} times stopped`);
  console.log(`sent ${sent}, answered with NOERROR ${answered}`);
  console.log(`latency p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1 - 1 / sent)} ms`);
  console.log(`connections ${summary.connections}, resent ${summary.resent}`);
  console.log(`start: ${describeSize(first)}\nend:   ${describeSize(last)}`);
  const problems = [
    ...answered === sent ? [] : [`${sent - answered} not answered`],
    ...at(0.99) < SLOWEST ? [] : [`p99 ${at(0.99)} ms`],
    ...summary.received === summary.answered ? [] : ["queries left in the tables"],
    ...last.own / first.own - 1 < MAX_GROWTH ? [] : ["its own memory grew"],
    ...last.descriptors <= first.descriptors + 1 ? [] : ["open descriptors grew"],
  ];
  console.log(problems.length === 0 ? "as it must be" : `WRONG: ${problems.join("; ")}`);
  return problems.length === 0;
}

async function drive(port: number, rate: number, seconds: number) {
  const where = ["-s", "127.0.0.1", "-p", `${port}`, "-d", file];
  const load = ["-Q", `${rate}`, "-l", `${seconds}`, "-t", `${PATIENCE}`, "-q", "20000", "-v"];
  const { stdout } = await new Deno.Command("dnsperf", { args: [...where, ...load] }).output();
  return parseOutcome(new TextDecoder().decode(stdout));
}
