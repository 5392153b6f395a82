/**
 * `deno task measure`: what one persistent connection has to keep, shown with a real server. Ends with 1
 * if a number is not what it must be.
 *
 * - steady: 100 queries a second for --seconds (default 60): exactly 1 connection and 1 handshake.
 * - closing: --queries (default 10,000) while dnsdist closes after every 200 questions, on those that it
 *   has not answered too: all are answered.
 */

import { parseArgs } from "@std/cli/parse-args";
import type { Program, Summary } from "../tests/helpers/program.ts";
import { startDnsdist, startForwarder, startUnbound } from "../tests/helpers/real_servers.ts";

const PER_SECOND = 100;
const CLOSE_AFTER = 200;

interface Result {
  readonly name: string;
  readonly sent: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly summary: Summary;
  readonly isAsItMustBe: boolean;
}

const options = parseArgs(Deno.args, { string: ["seconds", "queries"] });
const seconds = Number(options.seconds ?? 60);
const queries = Number(options.queries ?? 10_000);

const results = [await steady(), await closing()];
console.log("| measure | sent | answered | NOERROR | connections | handshakes | resent | |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
for (const { name, sent, completed, succeeded, summary, isAsItMustBe } of results) {
  const { connections, handshakes, resent } = summary;
  const cells = [name, sent, completed, succeeded, connections, handshakes, resent];
  console.log(`| ${cells.join(" | ")} | ${isAsItMustBe ? "as it must be" : "WRONG"} |`);
}
Deno.exit(results.every((result) => result.isAsItMustBe) ? 0 : 1);

async function steady(): Promise<Result> {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  const pace = ["-Q", `${PER_SECOND}`, "-l", `${seconds}`];
  const result = await measure(`${PER_SECOND}/s for ${seconds} s`, program, 1000, pace);
  const { connections, handshakes } = result.summary;
  return { ...result, isAsItMustBe: isWhole(result) && connections === 1 && handshakes === 1 };
}

async function closing(): Promise<Result> {
  await using unbound = await startUnbound({ plain: true });
  await using dnsdist = await startDnsdist(unbound.port, {
    listener: "maxInFlight=1000",
    lines: `setMaxTCPQueriesPerConnection(${CLOSE_AFTER})`,
  });
  await using program = await startForwarder(dnsdist.port);
  const name = `${queries}, closed every ${CLOSE_AFTER}`;
  const result = await measure(name, program, queries, ["-n", "1", "-q", "100"]);
  return { ...result, isAsItMustBe: isWhole(result) && result.completed === queries };
}

function isWhole({ sent, completed, succeeded }: Omit<Result, "isAsItMustBe">): boolean {
  return completed === sent && succeeded === sent;
}

/** dnsperf with `names` distinct questions. */
async function measure(
  name: string,
  program: Program,
  names: number,
  args: readonly string[],
): Promise<Omit<Result, "isAsItMustBe">> {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-questions-" });
  try {
    const lines = Array.from({ length: names }, (_, index) => `x${index}.many.example A\n`);
    await Deno.writeTextFile(file, lines.join(""));
    const address = ["-s", "127.0.0.1", "-p", `${program.address.port}`];
    const command = new Deno.Command("dnsperf", { args: [...address, "-d", file, ...args] });
    const text = new TextDecoder().decode((await command.output()).stdout);
    const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
    return {
      name,
      sent: number(/Queries sent:\s+(\d+)/),
      completed: number(/Queries completed:\s+(\d+)/),
      succeeded: number(/NOERROR (\d+)/),
      summary: await program.summary(),
    };
  } finally {
    await Deno.remove(file);
  }
}
