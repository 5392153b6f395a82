import { assertEquals, assertStringIncludes } from "@std/assert";
import { examine, explain } from "../../../lib/app/check/examine.ts";
import type { RunCommand } from "../../../lib/app/settings/command.ts";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

function run(...args: string[]): RunCommand {
  const fixed = ["--upstream", "tcp://127.0.0.1:9", "--state-dir", "none", "--udp-io", "plain"];
  const command = parseCommandLine([...fixed, ...args]);
  if (command.name !== "run") throw new Error(`The command is ${command.name}`);
  return command;
}

Deno.test("examine() takes an address in use for good if it is used by the same instance", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = taken.addr;
  const command = run("--listen", `${hostname}:${port}`);
  const own = examine(command, [], (address) => address.port === port);
  assertEquals([own.settings, own.machine], [[], []]);
  const other = examine(command, [], (address) => address.port === port + 1);
  assertEquals([other.settings.length, other.machine.length], [0, 1]);
  assertStringIncludes(other.machine[0], "the address is in use");
});

Deno.test("examine() lets go of the addresses that it has tried", () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const command = run("--listen", `127.0.0.1:${port}`);
  for (let time = 0; time < 2; time++) assertEquals(examine(command, [], () => false).machine, []);
});

Deno.test("explain() tells all that is wrong instead of the first, or else what went wrong", () => {
  const first = new ConfigError("--ca", "/nowhere/a.pem", "cannot be read");
  const error = explain(first, run("--ca", "/nowhere/a.pem", "--ca", "/nowhere/b.pem"));
  assertEquals(error.all.map(({ value }) => value), ["/nowhere/a.pem", "/nowhere/b.pem"]);
  assertEquals(explain(first, run()), first);
});

Deno.test("examine() tries the user, each group, and the directory for commands", () => {
  const cases: [string[], string[]][] = [
    [["--user", "nobody", "--group", "nogroup"], []],
    [["--user", "no-such-user"], ["--user"]],
    [["--user", "root"], ["--user"]],
    [["--user", "nobody", "--group", "root", "--group", "no-such", "--group", "nogroup"], [
      "--group",
      "--group",
    ]],
    [["--user", "no-such-user", "--group", "nogroup", "--group", "1"], ["--user"]],
    [["--runtime-dir", "/etc/passwd"], ["--runtime-dir"]],
    [["--runtime-dir", `/tmp/${"x".repeat(108)}`], ["--runtime-dir"]],
    [["--runtime-dir", "/tmp/there/is/none/yet"], []],
    [["--runtime-dir", "none"], []],
  ];
  for (const [args, expected] of cases) {
    const { settings } = examine(run("--listen", "127.0.0.1:0", ...args), [], () => false);
    assertEquals(settings.map(({ setting }) => setting), expected, args.join(" "));
  }
});

Deno.test("examine() warns of a log file that cannot be written, and makes none", () => {
  using temp = new TempDirectory();
  const warnings = (path: string) => {
    const command = run("--listen", "127.0.0.1:0", "--log-file", path);
    return examine(command, [], () => false).warnings;
  };
  assertEquals(warnings(`${temp.path}/new.log`), []);
  assertEquals([...Deno.readDirSync(temp.path)], []);
  assertEquals(warnings(temp.path), [`Cannot write the log file ${temp.path}: it is a directory`]);
  assertEquals(warnings(`${temp.path}/none/x.log`), [
    `Cannot write the log file ${temp.path}/none/x.log: there is no directory ${temp.path}/none`,
  ]);
});
