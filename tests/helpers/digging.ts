/** dig and kdig as clients: what they are asked and what they print. */

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
  /** Octets. */
  readonly size: number;
  /** Everything. */
  readonly text: string;
}

/** Asks the server at 127.0.0.1 once; fails when no answer comes. */
export async function dig(port: number, ...args: string[]): Promise<Answer> {
  return parse(await run("dig", ["+tries=1", ...args], port));
}

/** Likewise. `+tls` verifies nothing: who asks that way knows whom. */
export async function kdig(port: number, ...args: string[]): Promise<Answer> {
  return parse(await run("kdig", ["+retry=0", ...args], port));
}

/** Runs a client that asks more than once, and returns all that it prints. */
export async function run(program: string, args: string[], port: number): Promise<string> {
  const command = new Deno.Command(program, { args: ["@127.0.0.1", "-p", `${port}`, ...args] });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  if (success) return text;
  throw new Error(`${program} ${args.join(" ")}:\n${text}${new TextDecoder().decode(stderr)}`);
}

function parse(text: string): Answer {
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? "no answer",
    flags: /^;; flags: ([a-z ]*)/im.exec(text)?.[1].trim().split(" ") ?? [],
    answers: records(text, "ANSWER"),
    authorities: records(text, "AUTHORITY"),
    additionals: records(text, "ADDITIONAL"),
    edns: section(text, "(?:OPT|EDNS) PSEUDO"),
    size: Number(/^;; (?:MSG SIZE {2}rcvd:|Received) (\d+)/m.exec(text)?.[1]),
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
