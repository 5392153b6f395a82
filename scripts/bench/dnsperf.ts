/** dnsperf as the client: its three loads, and what it prints. */

/** More names than queries can be outstanding, so that no two equal questions are in flight. */
export const NAMES = 100_000;
const OUTSTANDING = 200;
/** Enough to go on sending while answers are missing: a client does not wait for other clients. */
const PACED_OUTSTANDING = 60_000;
/**
 * One thread sends at most some 17,000 queries a second when it has to keep to a rate. The buffers (in
 * kilobytes) are so large that what is lost is not lost in dnsperf.
 */
const PACED_SENDING = ["-T", "2", "-b", "4096"];
/** Seconds until a query counts as lost. */
const PATIENCE = 2;

/** A load, as arguments of dnsperf. */
export type Load = readonly string[];

export interface Outcome {
  readonly sent: number;
  /** With NOERROR: a SERVFAIL that comes fast is not an answer. */
  readonly answered: number;
  readonly perSecond: number;
  /** Of each answer, in milliseconds, ascending; empty unless asked for. */
  readonly latencies: readonly number[];
}

/** As fast as answers come. */
export function saturatedLoad(seconds: number): Load {
  return ["-q", `${OUTSTANDING}`, "-l", `${seconds}`];
}

/** At a fixed rate, whether answers come or not. */
export function pacedLoad(rate: number, seconds: number): Load {
  return [...rateOf(rate, seconds), ...PACED_SENDING];
}

/** At a fixed rate that is no load at all, with the latency of each answer. */
export function lightLoad(rate: number, seconds: number): Load {
  return [...rateOf(rate, seconds), "-v"];
}

function rateOf(rate: number, seconds: number): Load {
  return ["-q", `${PACED_OUTSTANDING}`, "-Q", `${rate}`, "-l", `${seconds}`];
}

/** All names, `times` times. */
export function countedLoad(times: number): Load {
  return ["-q", `${OUTSTANDING}`, "-n", `${times}`];
}

export async function writeQuestions(path: string): Promise<void> {
  const lines = Array.from({ length: NAMES }, (_, index) => `n${index}.example A\n`);
  await Deno.writeTextFile(path, lines.join(""));
}

/** Four clients ask 127.0.0.1:`port`. */
export async function runDnsperf(
  port: number,
  questions: string,
  load: Load,
  signal: AbortSignal,
): Promise<Outcome> {
  const server = ["-s", "127.0.0.1", "-p", `${port}`, "-d", questions];
  const command = new Deno.Command("dnsperf", {
    args: [...server, "-c", "4", "-t", `${PATIENCE}`, ...load],
    stdin: "null",
    stderr: "null",
    signal,
  });
  const { stdout } = await command.output();
  signal.throwIfAborted();
  return parseOutcome(new TextDecoder().decode(stdout));
}

export function parseOutcome(text: string): Outcome {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
  const sent = number(/Queries sent:\s+(\d+)/);
  const seconds = number(/Run time \(s\):\s+([\d.]+)/);
  if (Number.isNaN(sent + seconds)) throw new Error(`dnsperf has no statistics:\n${text}`);
  const answered = Number(/Response codes:.*NOERROR (\d+)/.exec(text)?.[1] ?? 0);
  const latencies = Array.from(
    text.matchAll(/^> NOERROR \S+ \S+ ([\d.]+)$/gm),
    ([, latency]) => Number(latency) * 1000,
  );
  return {
    sent,
    answered,
    perSecond: answered / seconds,
    latencies: latencies.toSorted((a, b) => a - b),
  };
}
