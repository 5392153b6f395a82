import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readAuthorities } from "../../lib/app/pem_files.ts";
import { ConfigError } from "../../lib/app/settings/config_error.ts";
import { readConfigFile } from "../../lib/app/settings/file/config_file.ts";
import { reasonOf } from "../../lib/app/system_error.ts";
import { tryAppending } from "../../lib/app/check/appending_trial.ts";
import { tryDirectory } from "../../lib/app/state_directory.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

/** Paths that no file can be read from, below `directory`, and why. */
function hopeless(directory: string): [string, string][] {
  Deno.writeTextFileSync(`${directory}/file`, "x");
  Deno.symlinkSync(`${directory}/loop`, `${directory}/loop`);
  return [
    [`${directory}/none`, "no such file"],
    [`${directory}/none/file`, "no such file"],
    [`${directory}/file/below`, "a part of the path is not a directory"],
    [`${directory}/loop`, "its symbolic links lead in a circle"],
    [`${directory}/${"n".repeat(300)}`, "the name is too long"],
  ];
}

Deno.test("a file of certificates that cannot be read is told in plain words, never in those of the runtime", () => {
  using temp = new TempDirectory();
  const cases: [string, string][] = [...hopeless(temp.path), [
    temp.path,
    "the file is a directory",
  ]];
  for (const [path, reason] of cases) {
    for (const name of ["--ca", "--upstream, ca"]) {
      const error = assertThrows(() => readAuthorities(name, [path]), ConfigError);
      assertEquals(
        error.message,
        `${name} "${path}": cannot be read: ${reason}; expected a file of certificates (PEM)`,
      );
    }
  }
  Deno.writeTextFileSync(`${temp.path}/empty`, "\n");
  const error = assertThrows(() => readAuthorities("--ca", [`${temp.path}/empty`]), ConfigError);
  assertEquals(error.message, `--ca "${temp.path}/empty": the file is empty`);
});

Deno.test("a configuration file that cannot be read is told in plain words", () => {
  using temp = new TempDirectory();
  for (const [path, reason] of hopeless(temp.path)) {
    const error = assertThrows(() => readConfigFile(path, "--config"), ConfigError);
    assertStringIncludes(error.message, `cannot be read: ${reason};`);
  }
});

Deno.test("what the system says of log files and directories is told in plain words", () => {
  using temp = new TempDirectory();
  const cases = hopeless(temp.path).slice(2);
  for (const [path, expected] of cases) {
    for (const attempt of [tryAppending, tryDirectory]) {
      const reason = reasonOf(assertThrows(() => attempt(path), Error));
      assert(!reason.includes("os error"), reason);
      if (attempt === tryAppending || !path.endsWith("loop")) assertEquals(reason, expected);
    }
  }
});

Deno.test("an error of the system without words of ours loses path and punctuation of the runtime", () => {
  const error = new Error("Owner died (os error 130): readfile '/x'");
  assertEquals(reasonOf(error), "owner died (system error 130)");
  assertEquals(reasonOf(new Error("it is a pipe")), "it is a pipe");
  const reset = Object.assign(new Error("Connection reset by peer (os error 104)"), {
    code: "ECONNRESET",
  });
  assertEquals(reasonOf(reset), "the other end has reset the connection");
});
