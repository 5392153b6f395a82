/** A process that cannot even look at itself is ended by the kernel. */

import { assertEquals } from "@std/assert";

const PROGRAM = new URL("blocked_loop.ts", import.meta.url).pathname;
const LINUX = { ignore: Deno.build.os !== "linux" };

/** Runs a program whose loop is blocked for 2.5 s. */
function run(...seconds: number[]): Promise<Deno.CommandOutput> {
  const args = ["run", "--no-prompt", "--allow-ffi", PROGRAM, ...seconds.map(String)];
  return new Deno.Command(Deno.execPath(), { args }).output();
}

Deno.test("DeadMansSwitch ends a process whose event loop is blocked", LINUX, async () => {
  const { code, signal } = await run(1);
  assertEquals([code, signal], [128 + 14, "SIGALRM"]);
});

Deno.test("DeadMansSwitch ends nothing that puts it off or is done with it", LINUX, async () => {
  const [later, disarmed] = await Promise.all([run(1, 60), run(1, 0)]);
  assertEquals([later.code, disarmed.code], [0, 0]);
});

Deno.test(
  "DeadMansSwitch works where the signal is ignored by whoever started the program",
  LINUX,
  async () => {
    const words = ["env", "--ignore-signal=ALRM", Deno.execPath(), "run", "--no-prompt"];
    const [command, ...args] = [...words, "--allow-ffi", PROGRAM, "1"];
    const { signal } = await new Deno.Command(command, { args }).output();
    assertEquals(signal, "SIGALRM");
  },
);
