/** A log that nobody reads, streams that are named as files, and how the log looks when a start fails. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { BackgroundStage } from "../helpers/background.ts";
import { Program, runProgram } from "../helpers/program.ts";
import { UdpClient } from "../helpers/client.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort } from "../helpers/real_peer.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";
import { PATIENCE, waitUntil, within } from "../helpers/waiting.ts";

/** More than a pipe of Linux has room for (pipe(7)). */
const PIPE = 1 << 16;

/** A pipe with a name that is full, and that is read only when the test does. */
class FullPipe implements Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;
  #text = "";

  constructor(folder: string) {
    this.path = `${folder}/pipe`;
    assert(new Deno.Command("mkfifo", { args: [this.path] }).outputSync().success);
    // Opened for both, so that opening does not wait.
    this.#file = Deno.openSync(this.path, { read: true, write: true });
    this.#file.writeSync(new Uint8Array(PIPE).fill("x".charCodeAt(0)));
  }

  /** All that was written into it, read until `end` comes. */
  async readUntil(end: string): Promise<string> {
    const buffer = new Uint8Array(PIPE);
    while (!this.#text.includes(end)) {
      const count = await this.#file.read(buffer) ?? 0;
      this.#text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return this.#text.replace(/^x*/, "");
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

for (
  const [what, redirection, args] of [
    ["standard error", `2<>"$PIPE"`, []],
    ["standard output that is the log file", `1<>"$PIPE"`, ["--log-file", "/dev/stdout"]],
    ["the pipe that is the log file", "", ["--log-file", "PIPE"]],
    ["a query log on standard error, and the log", `2<>"$PIPE"`, ["--query-log", "/dev/stderr"]],
  ] as const
) {
  Deno.test(`dnsfwd answers, and ends on SIGTERM, while nobody reads ${what}`, async () => {
    using folder = new TempDirectory();
    using pipe = new FullPipe(folder.path);
    await using upstream = new ScriptedUpstream({ script: (query) => query.answer() });
    const port = freePort();
    const program = new Program([
      ...["--upstream", upstream.uri, "--listen", `127.0.0.1:${port}`, "--log-level", "debug"],
      ...args.map((each) => each === "PIPE" ? pipe.path : each),
    ], {
      prefix: ["/bin/sh", "-c", `exec "$0" "$@" ${redirection}`],
      env: { PIPE: pipe.path },
    });
    try {
      await waitUntil(() => upstream.connections.length > 0, "the start");
      using client = new UdpClient({ transport: "udp", hostname: "127.0.0.1", port });
      for (let at = 0; at < 1000; at++) {
        if (at % 100 === 0) program.signal("SIGQUIT");
        assertEquals((await client.ask(buildQuery(`${at}.example`))).rcode, 0);
      }
    } finally {
      assertEquals((await program.stop()).code, 0);
    }
  });
}

const ROOT = new URL("../../", import.meta.url);

/** Writes more lines than may wait to standard error, and ends once all that are not missing are read. */
const WRITER = `
  import { systemClock } from "${ROOT}lib/base/clock.ts";
  import { LineQueue } from "${ROOT}lib/app/line_queue.ts";
  import { StandardStream } from "${ROOT}lib/app/standard_stream.ts";
  const sink = new StandardStream("stderr");
  const options = { slow: "unread", warning: (text) => text, capacity: 1000 };
  const queue = new LineQueue({ sink, clock: systemClock, ...options });
  for (let at = 0; at < 200; at++) queue.write("123456789");
  console.log("written");
  await queue.settle(${PATIENCE});
`;

Deno.test("A log on standard error says how many lines are missing once it is read again", async () => {
  using folder = new TempDirectory();
  using pipe = new FullPipe(folder.path);
  const program = [Deno.execPath(), "eval", "--no-lock", WRITER];
  await using process = new Deno.Command("/bin/sh", {
    args: ["-c", `exec "$0" "$@" 2<>"$PIPE"`, ...program],
    env: { PIPE: pipe.path },
    stdout: "piped",
  }).spawn();
  const output = process.output();
  const reader = pipe.readUntil("missing here: unread\n");
  const text = await within(reader, PATIENCE, "the line that says how many are missing");
  assertEquals(text, `${"123456789\n".repeat(100)}100 lines are missing here: unread\n`);
  assertEquals((await output).code, 0);
});

Deno.test("dnsfwd --log-file /dev/stdout writes all lines to standard output, whatever that is", async () => {
  for (const path of ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"]) {
    await using scenario = await startScenarioOnOutput(path);
    const { program } = scenario;
    await waitUntil(() => program.stdout.includes("Forwarding to "), "the start");
    program.signal("SIGUSR1");
    const { code, stdout, stderr } = await program.stop();
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /Listening on [^]*Forwarding to [^]*Stopping\n[^]*Summary: /);
  }
});

Deno.test("dnsfwd never renames nor empties what a standard stream leads to", async () => {
  using folder = new TempDirectory();
  const path = `${folder.path}/output`;
  Deno.writeTextFileSync(path, `${"x".repeat(PIPE)}\n`);
  await using upstream = new ScriptedUpstream({ script: (query) => query.answer() });
  const args = ["--upstream", upstream.uri, "--listen", `127.0.0.1:${freePort()}`];
  for (const [file, redirection] of [["/dev/stdout", "1"], ["/dev/stderr", "2"]]) {
    await using program = new Program([...args, "--log-file", file, "--log-max-size", "64k"], {
      prefix: ["/bin/sh", "-c", `exec "$0" "$@" ${redirection}>>"${path}"`],
    });
    const count = () => Deno.readTextFileSync(path).match(/Forwarding to /g)?.length;
    const before = count() ?? 0;
    await waitUntil(() => (count() ?? 0) > before, "the lines");
    assertEquals((await program.stop()).code, 0);
  }
  assertEquals(folder.names, ["output"]);
  assertStringIncludes(Deno.readTextFileSync(path), "x".repeat(PIPE));
});

Deno.test("dnsfwd check takes a standard stream for a log, and start says that nobody would read it", async () => {
  const upstream = ["--upstream", "tls://127.0.0.1:853", "--listen", `127.0.0.1:${freePort()}`];
  const logs = ["--log-file", "/dev/stdout", "--query-log", "/dev/stderr"];
  const { stderr } = await runProgram(["check", ...upstream, ...logs]);
  assert(!/log/.test(stderr), stderr);
  const started = await runProgram(["start", ...upstream, ...logs]);
  assertEquals(started.code, 2);
  const allowed = "expected a file, as nobody reads the standard";
  assertStringIncludes(started.stderr, `--log-file "/dev/stdout": ${allowed} output in the back`);
  assertStringIncludes(started.stderr, `--query-log "/dev/stderr": ${allowed} error in the back`);
  using folder = new TempDirectory();
  const [log, queries] = ["log", "queries"].map((name) => `${folder.path}/${name}`);
  Deno.symlinkSync("/dev/stderr", log);
  Deno.symlinkSync("/proc/self/fd/1", queries);
  const links = ["--log-file", log, "--query-log", queries];
  const linked = await runProgram(["start", ...upstream, ...links]);
  assertEquals(linked.code, 2);
  assertStringIncludes(linked.stderr, `--log-file "${log}": ${allowed} error in the back`);
  assertStringIncludes(linked.stderr, `--query-log "${queries}": ${allowed} output in the back`);
});

for (const args of [["status", "--watch"], ["status", "--watch", "--json"]]) {
  Deno.test(`dnsfwd ${args.join(" ")} ends on SIGTERM while nobody reads it`, async () => {
    using folder = new TempDirectory();
    using pipe = new FullPipe(folder.path);
    // No instance runs: that is shown, or said on standard error.
    const program = new Program(args, {
      prefix: ["/bin/sh", "-c", `exec "$0" "$@" 1<>"$PIPE" 2<>"$PIPE"`],
      env: { PIPE: pipe.path },
    });
    const tasks = `/proc/${program.pid}/task`;
    // A thread that waits in the kernel for room in the pipe (proc(5)).
    const isStuck = () =>
      Array.from(Deno.readDirSync(tasks), ({ name }) => name)
        .some((task) => Deno.readTextFileSync(`${tasks}/${task}/wchan`).includes("pipe_write"));
    await waitUntil(isStuck, "the write that is stuck");
    assertEquals((await program.stop()).code, 0);
  });
}

Deno.test("dnsfwd start, restart, check --ready and stop do their work while nobody reads what they say", async () => {
  using folder = new TempDirectory();
  using pipe = new FullPipe(folder.path);
  const prefix = ["/bin/sh", "-c", `exec "$0" "$@" 1<>"${pipe.path}" 2<>"${pipe.path}"`];
  await using stage = await BackgroundStage.open({ prefix });
  const question = { transport: "udp", hostname: "127.0.0.1", port: stage.port } as const;
  for (const name of ["start", "restart", "ensure"]) {
    assertEquals((await stage.run(name)).code, 0, name);
    using client = new UdpClient(question);
    assertEquals((await client.ask(buildQuery(`${name}.example`))).rcode, 0);
  }
  assertEquals((await stage.run("check", "--ready")).code, 0);
  assertEquals((await stage.run("reload")).code, 0);
  assertEquals((await stage.run("stop")).code, 0);
  assertEquals(stage.pids, []);
  assertEquals((await stage.run("check", "--ready")).code, 1);
});

const UPSTREAM = ["--upstream", "tls://127.0.0.1:853"];

Deno.test("dnsfwd says in the form of the log why it cannot start", async () => {
  using folder = new TempDirectory();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const file = `${folder.path}/dnsfwd.toml`;
  Deno.writeTextFileSync(file, `log-format = "json"\nlisten = ["nowhere"]\n`);
  const port = (taken.addr as Deno.NetAddr).port;
  for (
    const [args, code, category] of [
      [["--log-format", "json", "--listen", "nowhere", "--idle", "x"], 2, "config"],
      [["--log-format", "json", "--no-such-option", "x"], 2, "config"],
      [["--logformat=json", "run", ...UPSTREAM, "--listen", `127.0.0.1:${port}`], 1, "listener"],
      [["--log-format", "json", ...UPSTREAM, "--ca", `${folder.path}/none.pem`], 2, "config"],
      [["--config", file], 2, "config"],
    ] as const
  ) {
    const ended = await runProgram(args);
    const lines = ended.stderr.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    const errors = lines.filter(({ level }) => level === "error");
    assertEquals([ended.code, errors.length > 0], [code, true], ended.stderr);
    assertEquals(errors.at(-1).category, category, ended.stderr);
  }
  const kernel = await runProgram(["--log-format", "kernel", "--listen", "nowhere"]);
  assertMatch(kernel.stderr, /^(<3>dnsfwd: .*\n)+$/);
  const plain = await runProgram(["check", "--log-format", "json", "--listen", "nowhere"]);
  assertMatch(plain.stderr, /^dnsfwd: --listen "nowhere"/m);
});

Deno.test("dnsfwd says on standard error and in the log file why it cannot start", async () => {
  using folder = new TempDirectory();
  const path = `${folder.path}/dnsfwd.log`;
  const wrong = ["--log-file", path, "--listen", "nowhere"];
  assertEquals((await runProgram(wrong)).code, 2);
  assertEquals(folder.names, [], "wrong settings make no file");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
  const ended = await runProgram(["--log-file", path, ...UPSTREAM, "--listen", listen]);
  assertEquals(ended.code, 1);
  assertStringIncludes(ended.stderr, listen);
  assertMatch(Deno.readTextFileSync(path), /Z Error: .*in use/);
  const { code, stderr } = await runProgram(wrong);
  assertEquals(code, 2);
  assertStringIncludes(stderr, `dnsfwd: --listen "nowhere"`);
  assertMatch(Deno.readTextFileSync(path), /Z Error: --listen "nowhere": .*\n/);
});

async function startScenarioOnOutput(path: string) {
  const listen = `127.0.0.1:${freePort()}`;
  const upstream = new ScriptedUpstream({ script: (query) => query.answer() });
  const program = new Program(
    ["--upstream", upstream.uri, "--listen", listen, "--log-file", path],
    {},
  );
  await waitUntil(() => upstream.connections.length > 0 || program.ended, "the start");
  return {
    program,
    async [Symbol.asyncDispose]() {
      await program.stop();
      await upstream[Symbol.asyncDispose]();
    },
  };
}
