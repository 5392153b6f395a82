/**
 * `deno task compile [--target TARGET]`: makes `dist/dnsfwd`, one executable that needs no Deno, for this
 * machine or for TARGET, such as `aarch64-unknown-linux-gnu`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { CompileError, compileProgram, HOST } from "./compile/compiler.ts";

const parsed = parseArgs(Deno.args, {
  string: ["target"],
  unknown: (argument) => end(2, `Unknown option "${argument}"; allowed is --target TARGET`),
});
const target = (parsed.target ?? HOST) as string;
const output = `dist/dnsfwd${/windows/.test(target) ? ".exe" : ""}`;
const path = `${import.meta.dirname}/../${output}`;

try {
  const version = await compileProgram(path, target);
  const { size } = await Deno.stat(path);
  console.log(`${output}, ${(size / 1e6).toFixed(0)} MB: ${version}`);
} catch (error) {
  if (!(error instanceof CompileError)) throw error;
  end(1, error.message.trimEnd());
}

function end(code: number, problem: string): never {
  console.error(problem);
  Deno.exit(code);
}
