/** The page about health: what it names is there. */

import { parse } from "@std/yaml";
import { assert, assertEquals } from "@std/assert";
import { parseFileSettings } from "../../lib/app/settings/file/file_settings.ts";
import { findOption } from "../../lib/app/settings/options.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/health.md", import.meta.url));

/** The examples in a language. */
function examples(language: string): string[] {
  const pattern = new RegExp(`\\n\`\`\`${language}\\n(.*?)\\n\`\`\``, "gs");
  return Array.from(PAGE.matchAll(pattern), ([, text]) => text);
}

Deno.test("The page about health has a configuration that the program takes", () => {
  const [text, ...more] = examples("toml");
  assertEquals(more, []);
  const { errors, names } = parseFileSettings("/etc/dnsfwd/dnsfwd.toml", text);
  assertEquals(errors, []);
  assertEquals([...names], ["identity", "nsid", "readiness", "drain", "ready-name"]);
});

Deno.test("The page about health names no option that there is not", () => {
  const foreign = ["cmd", "interval", "ip", "stop-timeout"];
  const options = new Set(Array.from(PAGE.matchAll(/--([a-z][a-z-]+)/g), ([, name]) => name));
  const unknown = [...options].filter((name) => !findOption(name) && !foreign.includes(name));
  assertEquals(unknown, []);
  for (const name of ["readiness", "drain", "ready-name", "identity", "nsid"]) {
    assert(options.has(name), name);
  }
});

Deno.test("The page about health has examples in YAML that can be read", () => {
  assertEquals(examples("yaml").map((text) => typeof parse(text)), ["object", "object"]);
});
