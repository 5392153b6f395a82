import { assertEquals, assertThrows } from "@std/assert";
import { parseOptions } from "../../../scripts/release/options.ts";
import { TARGETS } from "../../../scripts/release/targets.ts";

Deno.test("parseOptions() builds all targets unless some are named", () => {
  const options = { help: false, targets: TARGETS, tag: undefined, notes: false };
  assertEquals(parseOptions([]), options);
  const [, second] = TARGETS;
  assertEquals(parseOptions(["--target", second]), { ...options, targets: [second] });
  const all = [...TARGETS].reverse().map((target) => `--target=${target}`);
  assertEquals(parseOptions(all), options);
  assertEquals(parseOptions(["--tag", "v1.0.0", "--notes"]), {
    ...options,
    tag: "v1.0.0",
    notes: true,
  });
});

Deno.test("parseOptions() refuses what it does not know", () => {
  const cases: [string[], string][] = [
    [["--fast"], `Unknown option "--fast"`],
    [["linux"], `Unknown option "linux"`],
    [["--target", "x86_64-apple-darwin"], `--target "x86_64-apple-darwin": allowed are x86_64-`],
  ];
  for (const [args, text] of cases) assertThrows(() => parseOptions(args), Error, text);
});
