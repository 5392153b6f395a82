/** Texts for Prometheus, and what others make of them: its own checker, and the parser of a client library. */

import { findProgram, IS_CI } from "./real_peer.ts";

/** Value by name and labels, these sorted by name. */
export type Samples = ReadonlyMap<string, number>;

/** The Python of Debian, which has the client library of Debian; another may not. */
const PYTHON = "/usr/bin/python3";
const LIBRARY = "/usr/lib/python3/dist-packages/prometheus_client/parser.py";
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as parse
print(json.dumps([[s.name, s.labels, repr(s.value), f.type, f.documentation]
                  for f in parse(sys.stdin.read()) for s in f.samples]))
`;
const SAMPLE = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/;

/** The samples of a text; of a histogram each of its lines is one. */
export function samplesOf(text: string): Samples {
  const lines = text.trimEnd().split("\n").filter((line) => !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`No sample: ${line}`);
    const pairs = labels.matchAll(/(\w+)="([^"]*)"/g);
    const texts = Object.fromEntries(Array.from(pairs, ([, label, text]) => [label, text]));
    return [sampleName(name, texts), value === "+Inf" ? Infinity : Number(value)];
  }));
}

/** The key of a sample in `Samples`. */
export function sampleName(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.keys(labels).toSorted().map((label) => `${label}="${labels[label]}"`);
  return pairs.length > 0 ? `${name}{${pairs.join(",")}}` : name;
}

/** The samples that only grow: counters, and the lines of histograms. */
export function countersOf(samples: Samples): [string, number][] {
  return [...samples].filter(([name]) => /_(total|bucket|sum|count)(\{|$)/.test(name));
}

/** What the checker of Prometheus has against a text; empty: nothing, not even of style. */
export async function complaints(text: string): Promise<string> {
  const { code, said } = await tell(findProgram("promtool") ?? "", ["check", "metrics"], text);
  return code === 0 ? said : `${said}exit code ${code}`;
}

/** The samples as the client library for Python finds them. */
export async function samplesForPython(text: string): Promise<Samples> {
  const { code, said } = await tell(PYTHON, ["-c", PARSE], text);
  if (code !== 0) throw new Error(said);
  return new Map(
    JSON.parse(said).map((
      [name, labels, value]: [string, Record<string, string>, string],
    ) => [sampleName(name, labels), value === "inf" ? Infinity : Number(value)]),
  );
}

/** A test that needs the client library: ignored where it is missing, a failure where CI is set. */
export function pythonTest(name: string, run: () => Promise<void>): void {
  const ignore = !IS_CI && !isThere(LIBRARY);
  Deno.test({ name, ignore, fn: run });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function tell(program: string, args: string[], text: string) {
  const process = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  const written = input.write(new TextEncoder().encode(text)).then(() => input.close());
  const [{ code, stderr, stdout }] = await Promise.all([process.output(), written]);
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
