/**
 * `deno task bench`: dnsfwd beside dnsdist, both forwarding over TLS to the same local server, both
 * driven by dnsperf in turn. Prints a Markdown table of the medians: queries per second, CPU per query
 * (user and system), lost queries, resident size; and the ratio of the two.
 *
 * Options: --seconds N per run (default 5), --rounds N (default 3), --queries N to send through dnsfwd
 * afterwards, to see whether its resident size stays flat (default 0).
 *
 * Machine and load differ from hour to hour: only the ratio within one run means something.
 */

import { parseArgs } from "@std/cli/parse-args";
import { freePort, PEER_NAME, peerTrust, RealPeer } from "../tests/helpers/real_peer.ts";
import config from "../deno.json" with { type: "json" };

interface Sample {
  readonly perSecond: number;
  readonly microseconds: number;
  readonly lost: number;
  readonly resident: number;
}

interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
}

const NAMES = 20_000;
/** Clock ticks of /proc/PID/stat are hundredths of a second on Linux (proc(5)). */
const TICK_MICROSECONDS = 10_000;
const PAGE_OCTETS = 4096;

const options = parseArgs(Deno.args, { string: ["seconds", "rounds", "queries"] });
const seconds = Number(options.seconds ?? 5);
const rounds = Number(options.rounds ?? 3);
const queries = Number(options.queries ?? 0);

const folder = await Deno.makeTempDir({ prefix: "dnsfwd-bench-" });
const { authority, identity } = await peerTrust();
const files = {
  "authority.pem": authority.pem,
  "certificate.pem": identity.cert,
  "key.pem": identity.key,
};
for (const [name, text] of Object.entries(files)) {
  await Deno.writeTextFile(`${folder}/${name}`, text);
}
const questions = Array.from({ length: NAMES }, (_, index) => `n${index}.example A\n`).join("");
await Deno.writeTextFile(`${folder}/questions`, questions);

const upstreamPort = freePort();
await using _upstream = await startDnsdist(
  upstreamPort,
  `addTLSLocal("127.0.0.1:${upstreamPort}", "certificate.pem", "key.pem", {maxInFlight=10000})
setLocal("127.0.0.1:${freePort()}")
newServer("127.0.0.1:${freePort()}")
addAction(QTypeRule("A"), SpoofAction("192.0.2.1"))
addAction(AllRule(), RCodeAction(DNSRCode.NXDOMAIN))`,
  ["+tls"],
);
const peerPort = freePort();
await using peer = await startDnsdist(
  peerPort,
  `setLocal("127.0.0.1:${peerPort}")
setMaxUDPOutstanding(65535)
newServer({address="127.0.0.1:${upstreamPort}", tls="openssl", caStore="authority.pem",
  subjectName="${PEER_NAME}", maxInFlight=1000}):setUp()`,
);
const dnsfwd = await startDnsfwd();
try {
  const contenders: Contender[] = [
    { name: "dnsfwd", pid: dnsfwd.process.pid, port: dnsfwd.port },
    { name: "dnsdist", pid: peer.pid, port: peerPort },
  ];
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      samples[index].push(await drive(contender, ["-l", `${seconds}`]));
    }
  }
  printTable(contenders, samples.map(medians));
  if (queries > 0) await printMemory(contenders[0]);
} finally {
  dnsfwd.process.kill("SIGTERM");
  await dnsfwd.process.status;
  await Deno.remove(folder, { recursive: true });
}

function startDnsdist(port: number, lines: string, probe: string[] = []): Promise<RealPeer> {
  const text = `setSecurityPollSuffix("")\n${lines}\n`;
  return RealPeer.start({
    program: "dnsdist",
    args: ["--supervised", "--disable-syslog", "-C", "dnsdist.conf"],
    files: { "dnsdist.conf": text, ...files },
    port,
    probe,
  });
}

/** As `deno task start` runs it. */
async function startDnsfwd(): Promise<{ process: Deno.ChildProcess; port: number }> {
  const port = freePort();
  const upstream = `tls://127.0.0.1:${upstreamPort}#${PEER_NAME}`;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...config.tasks.start.split(" ").slice(1),
      ...["--listen", `127.0.0.1:${port}`, "--upstream", upstream],
      ...["--ca", `${folder}/authority.pem`],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  if (!value.includes("Listening")) throw new Error(`dnsfwd did not start: ${value}`);
  return { process, port };
}

async function drive({ pid, port }: Contender, amount: string[]): Promise<Sample> {
  const before = await processorTime(pid);
  const { stdout } = await new Deno.Command("dnsperf", {
    args: ["-s", "127.0.0.1", "-p", `${port}`, "-d", `${folder}/questions`, "-c", "4", "-q", "200"]
      .concat(amount),
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const number = (label: string) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(text)?.[1]);
  return {
    perSecond: number("Queries per second"),
    microseconds: (await processorTime(pid) - before) / number("Queries completed"),
    lost: number("Queries lost"),
    resident: await residentSize(pid),
  };
}

/** User and system time of all threads, in microseconds. */
async function processorTime(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}

/** Megabytes. */
async function residentSize(pid: number): Promise<number> {
  const pages = Number((await Deno.readTextFile(`/proc/${pid}/statm`)).split(" ")[1]);
  return pages * PAGE_OCTETS / 1e6;
}

function medians(samples: readonly Sample[]): Sample {
  const median = (pick: (sample: Sample) => number) =>
    samples.map(pick).toSorted((a, b) => a - b)[samples.length >> 1];
  return {
    perSecond: median((sample) => sample.perSecond),
    microseconds: median((sample) => sample.microseconds),
    lost: median((sample) => sample.lost),
    resident: median((sample) => sample.resident),
  };
}

function printTable(contenders: readonly Contender[], results: readonly Sample[]): void {
  const [own, other] = results;
  const ratio = (pick: (sample: Sample) => number) => (pick(own) / pick(other)).toFixed(2);
  const rows = contenders.map(({ name }, index) => {
    const { perSecond, microseconds, lost, resident } = results[index];
    return `| ${name} | ${perSecond.toFixed(0)} | ${microseconds.toFixed(1)} | ${lost} | ` +
      `${resident.toFixed(0)} |`;
  });
  console.log(`| program | queries/s | CPU us/query | lost | resident MB |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}
| ratio | ${ratio((each) => each.perSecond)} | ${ratio((each) => each.microseconds)} | | |`);
}

/** Ten equal parts, the resident size after each. */
async function printMemory(contender: Contender): Promise<void> {
  const sizes: string[] = [];
  for (let part = 0; part < 10; part++) {
    const times = Math.ceil(queries / 10 / NAMES);
    sizes.push((await drive(contender, ["-n", `${times}`])).resident.toFixed(0));
  }
  console.log(`\ndnsfwd, resident MB after each tenth of ${queries} queries: ${sizes.join(", ")}`);
}
