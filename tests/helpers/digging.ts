/** dig and kdig as clients: what they are asked and what they print. */

import { HERE, type Place } from "./real_peer.ts";

/** What dig or kdig printed of one response; records as `one.example. 300 IN A 192.0.2.1`, in order. */
export interface Answer {
  readonly status: string;
  readonly flags: readonly string[];
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  /** Without OPT. */
  readonly additionals: readonly string[];
  /** The lines about EDNS, empty when there is no OPT record. */
  readonly edns: string;
  /** The codes of the extended errors. */
  readonly extendedErrors: readonly number[];
  /** Octets. */
  readonly size: number;
  /** Milliseconds until the answer came. */
  readonly duration: number;
  /** Everything. */
  readonly text: string;
}

/** Asks the server at 127.0.0.1 once; fails when no answer comes. */
export async function dig(port: number, ...args: string[]): Promise<Answer> {
  return await digFrom(HERE, port, ...args);
}

/** Asks as a client that runs with the prefix of `place`, and asks its address. */
export async function digFrom(place: Place, port: number, ...args: string[]): Promise<Answer> {
  return parseAnswer(await run("dig", ["+tries=1", ...args], port, place));
}

export async function kdigFrom(place: Place, port: number, ...args: string[]): Promise<Answer> {
  return parseAnswer(await run("kdig", ["+retry=0", ...args], port, place));
}

/** Likewise. `+tls` verifies nothing: who asks that way knows whom. */
export async function kdig(port: number, ...args: string[]): Promise<Answer> {
  return await kdigFrom(HERE, port, ...args);
}

/** Runs a client that asks more than once, and returns all that it prints. */
export async function run(
  program: string,
  args: string[],
  port: number,
  { address, prefix }: Place = HERE,
): Promise<string> {
  const [command, ...rest] = [...prefix, program, `@${address}`, "-p", `${port}`, ...args];
  const { success, stdout, stderr } = await new Deno.Command(command, { args: rest }).output();
  const text = new TextDecoder().decode(stdout);
  if (success) return text;
  throw new Error(`${program} ${args.join(" ")}:\n${text}${new TextDecoder().decode(stderr)}`);
}

/** What was printed, read. */
export function parseAnswer(text: string): Answer {
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? "no answer",
    flags: /^;; flags: ([a-z ]*)/im.exec(text)?.[1].trim().split(" ") ?? [],
    answers: records(text, "ANSWER"),
    authorities: records(text, "AUTHORITY"),
    additionals: records(text, "ADDITIONAL"),
    edns: section(text, "(?:OPT|EDNS) PSEUDO"),
    extendedErrors: Array.from(text.matchAll(/EDE: (\d+)/g), ([, code]) => Number(code)),
    size: Number(/^;; (?:MSG SIZE {2}rcvd:|Received) (\d+)/m.exec(text)?.[1]),
    duration: Number(/(?:Query time: | in )([\d.]+) ms/.exec(text)?.[1]),
    text,
  };
}

function records(text: string, name: string): string[] {
  const lines = section(text, `${name} `).split("\n");
  return lines.filter((line) => /^[^;]/.test(line)).map((line) => line.replace(/\s+/g, " "));
}

/** The lines after a heading, up to an empty line. */
function section(text: string, name: string): string {
  return new RegExp(`^;; ${name}SECTION:\n([^]*?)\n(?:\n|;; QUESTION)`, "m").exec(text)?.[1] ?? "";
}
