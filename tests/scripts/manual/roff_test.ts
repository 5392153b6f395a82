import { assertEquals } from "@std/assert";
import { escaped, example, item, paragraphs, prose } from "../../../scripts/manual/roff.ts";

Deno.test("escaped() keeps roff from reading characters as something else", () => {
  const cases: [string, string][] = [
    ["plain words", "plain words"],
    ["--tcp-idle", "\\-\\-tcp\\-idle"],
    ["C:\\temp", "C:\\etemp"],
    [".TH is a request", "\\&.TH is a request"],
    ["a .TH is none", "a .TH is none"],
    ["'quoted' and \"quoted\"", "\\(aqquoted\\(aq and \\(dqquoted\\(dq"],
    ["~ ^ `", "\\(ti \\(ha \\(ga"],
    ["two\nlines", "two lines"],
  ];
  for (const [text, roff] of cases) assertEquals(escaped(text), roff);
});

Deno.test("prose() has options in bold, and no parts of other words", () => {
  assertEquals(prose("With --ca FILE."), "With \\fB\\-\\-ca\\fR FILE.");
  assertEquals(prose("--ca, --log-file"), "\\fB\\-\\-ca\\fR, \\fB\\-\\-log\\-file\\fR");
  assertEquals(prose("a--b"), "a\\-\\-b");
  assertEquals(prose(".ca"), "\\&.ca");
});

Deno.test("paragraphs() takes lines that begin with blanks for an example", () => {
  const roff = paragraphs("One\ntwo.\n\nSee:\n  dnsfwd");
  assertEquals(roff, [".PP", "One two.", ".PP", "See:", ...example(["dnsfwd"])]);
});

Deno.test("item() is a label with the lines below it", () => {
  assertEquals(item("a", "b", "c"), [".TP", "a", "b", "c"]);
});
