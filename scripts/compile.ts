/** `deno task compile`: makes `dist/dnsfwd`, one executable for this machine that needs no Deno. */
import { CompileError, compileProgram } from "./compile/compiler.ts";

const OUTPUT = `dist/dnsfwd${Deno.build.os === "windows" ? ".exe" : ""}`;
const PATH = `${import.meta.dirname}/../${OUTPUT}`;

try {
  const version = await compileProgram(PATH);
  const { size } = await Deno.stat(PATH);
  console.log(`${OUTPUT}, ${(size / 1e6).toFixed(0)} MB: ${version}`);
} catch (error) {
  if (!(error instanceof CompileError)) throw error;
  console.error(error.message.trimEnd());
  Deno.exit(1);
}
