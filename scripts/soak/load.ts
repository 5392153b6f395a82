/** Queries at a fixed rate, sent by dnsperf. */

/** What became of the queries of a run. */
export interface Outcome {
  readonly sent: number;
  readonly answered: number;
  /** Without any reply within `PATIENCE`. */
  readonly lost: number;
  readonly serverFailures: number;
  /** Replies other than NOERROR, those included. */
  readonly errors: number;
}

/** Seconds that a query may take. */
const PATIENCE = 5;
const CLIENTS = 4;
/** Kilobytes, so that what the forwarder answers at once is not lost on the side of dnsperf. */
const BUFFER = 4096;
/** More than are sent while the forwarder connects again, so that the rate never falls. */
const OUTSTANDING = 20_000;

/** Writes `count` different questions to `file`. */
export async function writeQuestions(file: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) => `n${index}.example A\n`);
  await Deno.writeTextFile(file, lines.join(""));
}

/** Asks the questions of `file` again and again for so many seconds, then waits for the last replies. */
export async function drive(
  port: number,
  file: string,
  rate: number,
  seconds: number,
): Promise<Outcome> {
  const numbers = {
    p: port,
    Q: rate,
    l: seconds,
    t: PATIENCE,
    c: CLIENTS,
    q: OUTSTANDING,
    b: BUFFER,
  };
  const args = Object.entries(numbers).flatMap(([name, number]) => [`-${name}`, `${number}`]);
  const command = new Deno.Command("dnsperf", { args: ["-s", "127.0.0.1", "-d", file, ...args] });
  const { stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  const sent = number(/Queries sent:\s+(\d+)/);
  if (sent === 0) throw new Error(`dnsperf: ${new TextDecoder().decode(stderr)}`);
  const answered = number(/Queries completed:\s+(\d+)/);
  return {
    sent,
    answered,
    lost: sent - answered,
    serverFailures: number(/SERVFAIL (\d+)/),
    errors: answered - number(/NOERROR (\d+)/),
  };
}

export function sum(outcomes: readonly Outcome[]): Outcome {
  const total = (pick: (outcome: Outcome) => number) =>
    outcomes.reduce((so, outcome) => so + pick(outcome), 0);
  return {
    sent: total((each) => each.sent),
    answered: total((each) => each.answered),
    lost: total((each) => each.lost),
    serverFailures: total((each) => each.serverFailures),
    errors: total((each) => each.errors),
  };
}
