/** The program in the background: started, found, replaced, let go of. */

import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { BackgroundStage } from "../helpers/background.ts";
import { waitUntil } from "../helpers/waiting.ts";

const IS_LINUX = Deno.build.os === "linux";

/** What the tests see of processes they see in /proc. */
function backgroundTest(name: string, run: () => Promise<void>): void {
  Deno.test({ name, ignore: !IS_LINUX, fn: run });
}

backgroundTest("dnsfwd ensure starts one, and then does nothing and says nothing", async () => {
  await using stage = await BackgroundStage.open();
  await stage.ensure();
  const { pid } = stage;
  assertEquals((await stage.ask()).rcode, 0);
  await stage.ensure();
  assertEquals(stage.pid, pid);
});

backgroundTest("dnsfwd start, restart and stop say what they did", async () => {
  await using stage = await BackgroundStage.open();
  const started = await stage.run("start");
  const first = stage.pid;
  const log = `log in ${stage.logFile}\n`;
  assertEquals(started, {
    code: 0,
    stdout: `Started dnsfwd (process ${first}), ${log}`,
    stderr: "",
  });
  const again = await stage.run("start");
  assertEquals(again.stdout, `dnsfwd is running already (process ${first})\n`);
  const restarted = await stage.run("restart");
  const second = stage.pid;
  assertNotEquals(second, first);
  assertEquals(
    restarted.stdout,
    `Stopped dnsfwd (process ${first})\nStarted dnsfwd (process ${second}), ${log}`,
  );
  assertEquals((await stage.run("stop")).stdout, `Stopped dnsfwd (process ${second})\n`);
  assertEquals(
    (await stage.run("restart")).stdout,
    `Started dnsfwd (process ${stage.pid}), ${log}`,
  );
});

backgroundTest("dnsfwd in the background has nothing of whoever started it", async () => {
  // The end of the caller's pipe is waited for, which a copy of it would put off.
  const prefix = ["/bin/sh", "-c", 'umask 0; exec "$0" "$@" 9>&1'];
  await using stage = await BackgroundStage.open({ prefix });
  await stage.ensure();
  const { pid } = stage;
  const [, , , , session] = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "x ")
    .split(" ");
  assertEquals(Number(session), pid);
  assertEquals(Deno.readLinkSync(`/proc/${pid}/cwd`), "/");
  const files = [0, 1, 2].map((each) => Deno.readLinkSync(`/proc/${pid}/fd/${each}`));
  assertEquals(files, ["/dev/null", stage.logFile, stage.logFile]);
  const all = Array.from(Deno.readDirSync(`/proc/${pid}/fd`), ({ name }) => name);
  const pipes = all.map((name) => target(pid, name)).filter((each) => each.startsWith("pipe:"));
  assertEquals(pipes, []);
  assertMatch(Deno.readTextFileSync(`/proc/${pid}/status`), /^Umask:\t0027$/m);
});

function target(pid: number, name: string): string {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

backgroundTest("dnsfwd ensure says why nothing can be started, with exit code 1", async () => {
  await using stage = await BackgroundStage.open();
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: stage.port });
  const { code, stdout, stderr } = await stage.run("ensure");
  assertEquals([code, stdout], [1, ""]);
  const reason = `Cannot listen on 127.0.0.1:${stage.port} (TCP): the address is in use; `;
  assertEquals(stderr.startsWith(`dnsfwd: ${reason}`), true, stderr);
  assertEquals(stderr.split("\n").length, 2);
  assertStringIncludes(stage.log, `Error: ${reason}`);
  assertEquals(stage.pids, []);
});

backgroundTest("dnsfwd ensure ends with exit code 2 for what cannot be meant", async () => {
  await using stage = await BackgroundStage.open();
  const cases = [
    [["--listen", "x"], 'dnsfwd: --listen "x": '],
    [["--ca", "/no/such.pem"], 'dnsfwd: --ca "/no/such.pem": cannot be read: no such file'],
    [["--no-such"], 'dnsfwd: Option "--no-such": unknown; see dnsfwd --help\n'],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stderr } = await stage.run("ensure", ...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  }
  assertEquals(stage.pids, []);
});

backgroundTest(
  "dnsfwd restart ends nothing for the sake of a file that cannot be used",
  async () => {
    await using stage = await BackgroundStage.open();
    await stage.ensure();
    const { pid } = stage;
    const { code, stderr } = await stage.run("restart", "--ca", "/no/such.pem");
    assertEquals(code, 2);
    assertStringIncludes(stderr, 'dnsfwd: --ca "/no/such.pem": cannot be read: no such file');
    assertEquals(stage.pid, pid);
  },
);

backgroundTest("dnsfwd ensure replaces one that stands still, and the log says so", async () => {
  await using stage = await BackgroundStage.open();
  await stage.ensure();
  const { pid } = stage;
  Deno.kill(pid, "SIGSTOP");
  await stage.ensure();
  assertNotEquals(stage.pid, pid);
  assertEquals((await stage.ask()).rcode, 0);
  assertStringIncludes(stage.log, `Warning: Replacing process ${pid}: `);
  assertStringIncludes(stage.log, "does not answer within 5 s\n");
  assertStringIncludes(stage.log, `Warning: Process ${pid} did not end within 5 s; killing it\n`);
});

backgroundTest("dnsfwd ensure starts one whenever it was killed", async () => {
  await using stage = await BackgroundStage.open();
  for (let round = 0; round < 5; round++) {
    await stage.ensure();
    assertEquals((await stage.ask(`x${round}.example`)).rcode, 0);
    const { pid } = stage;
    await stage.kill();
    await stage.ensure();
    assertStringIncludes(stage.log, `Warning: The last dnsfwd here (process ${pid}) was killed`);
  }
});

backgroundTest("dnsfwd says nothing of the last one if that ended as it should", async () => {
  await using stage = await BackgroundStage.open();
  for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) {
    await stage.ensure();
    await stage.kill(signal);
  }
  await stage.ensure();
  assertEquals((await stage.run("restart")).code, 0);
  assertEquals((await stage.run("stop")).code, 0);
  assertEquals(stage.log.includes("The last dnsfwd"), false, stage.log);
});

backgroundTest("dnsfwd ensure at the same instant starts one, whoever is first", async () => {
  await using stage = await BackgroundStage.open();
  for (let round = 0; round < 5; round++) {
    await Promise.all([stage.ensure(), stage.ensure(), stage.ensure()]);
    assertEquals((await stage.ask(`x${round}.example`)).rcode, 0);
    await stage.kill();
  }
});

backgroundTest("dnsfwd ensure leaves one alone whose files were deleted", async () => {
  await using stage = await BackgroundStage.open();
  await stage.ensure();
  const { pid } = stage;
  for (const name of ["logs", "run"]) {
    await Deno.remove(`${stage.folder}/${name}`, { recursive: true });
  }
  const { code, stderr } = await stage.run("ensure");
  // Nobody can see that it runs, but that it has the port; within ten seconds it makes its files anew.
  if (code !== 0) assertStringIncludes(stderr, "the address is in use");
  await waitUntil(() => hasFile(`${stage.folder}/run/control.sock`), "the socket");
  await stage.ensure();
  assertEquals(stage.pid, pid);
  assertEquals((await stage.ask()).rcode, 0);
});

function hasFile(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

backgroundTest(
  "dnsfwd goes on in a new log file after SIGHUP, the runtime's own words too",
  async () => {
    await using stage = await BackgroundStage.open();
    await stage.ensure();
    Deno.renameSync(stage.logFile, `${stage.logFile}.1`);
    Deno.kill(stage.pid, "SIGHUP");
    await waitUntil(
      () => hasFile(stage.logFile) && stage.log.includes("Configuration reloaded"),
      "new log file",
    );
    assertEquals(Deno.readLinkSync(`/proc/${stage.pid}/fd/2`), stage.logFile);
  },
);

backgroundTest("dnsfwd serves where its log file cannot be written, and says so once", async () => {
  await using stage = await BackgroundStage.open();
  await Deno.mkdir(stage.logFile);
  const { code, stderr } = await stage.run("ensure");
  assertEquals(code, 0);
  const warning = `Warning: Cannot write the log file ${stage.logFile}: the file is a directory`;
  assertEquals(stderr.replace(/^\S+ \S+ /, ""), `${warning}\n`);
  assertEquals((await stage.ask()).rcode, 0);
  await stage.ensure();
});

backgroundTest(
  "dnsfwd ensure --print-crontab prints lines that start it, and starts nothing",
  async () => {
    await using stage = await BackgroundStage.open();
    const { code, stdout } = await stage.run("ensure", "--print-crontab", "--log-file", "a b%.log");
    assertEquals(code, 0);
    const [comment, boot, minutely] = stdout.split("\n");
    assertMatch(comment, /^# dnsfwd, for /);
    const command = minutely.replace(/^\* \* \* \* \* /, "");
    assertEquals(boot, `@reboot ${command}`);
    assertStringIncludes(command, `'--log-file=${Deno.cwd()}/a b'\\%'.log'`);
    assertEquals(stage.pids, []);
  },
);
