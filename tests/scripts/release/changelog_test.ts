import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { RELEASED, VERSION } from "../../../lib/app/version.ts";
import { mistake, sections } from "../../../scripts/release/changelog.ts";

const CHANGELOG = Deno.readTextFileSync(new URL("../../../CHANGELOG.md", import.meta.url));
const TEXT = `# Changelog

## [Unreleased]

- Soon

## [1.1.0] - 2026-03-04

### Added

- More

## [1.0.0] - 2026-01-02

- All

[1.0.0]: #100
`;
const DAY = Date.UTC(2026, 2, 4);

Deno.test("The version is the same in deno.json, lib/app/version.ts and CHANGELOG.md, with its day", () => {
  assertEquals(VERSION, config.version);
  assertEquals(mistake(CHANGELOG, VERSION, RELEASED, `v${config.version}`), undefined);
});

Deno.test("CHANGELOG.md has a place for what comes next", () => {
  assertStringIncludes(CHANGELOG, "\n## [Unreleased]\n");
});

Deno.test("sections() are those of versions with a day", () => {
  assertEquals(sections(TEXT).map(({ version, date }) => [version, date]), [
    ["1.1.0", "2026-03-04"],
    ["1.0.0", "2026-01-02"],
  ]);
  assertEquals(sections(TEXT)[0].text, "### Added\n\n- More");
});

Deno.test("mistake() tells what does not agree", () => {
  assertEquals(mistake(TEXT, "1.1.0", DAY, "v1.1.0"), undefined);
  assertEquals(mistake(TEXT, "1.1.0", DAY), undefined);
  const cases: [string | undefined, string][] = [
    [mistake(TEXT, "1.1.0", DAY, "1.1.0"), "The tag is 1.1.0, and the version v1.1.0"],
    [mistake(TEXT, "1.2.0", DAY), "The newest version in CHANGELOG.md is 1.1.0, not 1.2.0"],
    [mistake(TEXT, "1.1.0", DAY + 86_400_000), "of 2026-03-04 in CHANGELOG.md, and of 2026-03-05"],
    [mistake("## [1.1.0] - 2026-03-04\n", "1.1.0", DAY), "CHANGELOG.md says nothing of 1.1.0"],
    [mistake("", "1.1.0", DAY), "The newest version in CHANGELOG.md is none"],
  ];
  for (const [said, expected] of cases) assertStringIncludes(said ?? "nothing", expected);
});
