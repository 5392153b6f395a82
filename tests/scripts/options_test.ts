import { assertEquals, assertThrows } from "@std/assert";
import { parseOptions } from "../../scripts/bench/options.ts";

const NAMES = ["dnsfwd-batch", "unbound", "dnsdist"];

Deno.test("parseOptions() has defaults, and keeps the order of the contenders", () => {
  const options = { help: false, seconds: 5, rounds: 3, queries: 0, names: NAMES };
  assertEquals(parseOptions([], NAMES), options);
  const args = ["--seconds", "0.5", "--rounds=1", "--only", "dnsdist,dnsfwd-batch"];
  const names = ["dnsfwd-batch", "dnsdist"];
  assertEquals(parseOptions(args, NAMES), { ...options, seconds: 0.5, rounds: 1, names });
  assertEquals(parseOptions(["--against", "../b"], NAMES), { ...options, against: "../b" });
});

Deno.test("parseOptions() refuses what it does not know and numbers that are none", () => {
  const cases: [string[], string][] = [
    [["--fast"], `Unknown option "--fast"`],
    [["unbound"], `Unknown option "unbound"`],
    [["--seconds", "many"], `--seconds "many": a number from 0.1 on`],
    [["--rounds", "0"], `--rounds "0": a number from 1 on`],
    [["--queries=-1"], `--queries "-1": a number from 0 on`],
    [["--only", "unbound,bind"], `--only "bind": allowed are dnsfwd-batch, unbound, dnsdist`],
  ];
  for (const [args, text] of cases) {
    assertThrows(() => parseOptions(args, NAMES), Error, text);
  }
});
