/** What stands in a release beside the executable. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fill } from "../../../scripts/release/assembly.ts";
import { dependenciesPage } from "../../../scripts/release/dependencies.ts";
import { npmPackages } from "../../../scripts/release/npm_packages.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

const FILES = [
  "CHANGELOG.md",
  "DEPENDENCIES.md",
  "LICENSE",
  "README.md",
  "completions/_dnsfwd",
  "completions/dnsfwd.bash",
  "completions/dnsfwd.fish",
  "dnsfwd.8",
  "dnsfwd.toml.5",
  "grafana/dnsfwd.json",
  "openwrt/dnsfwd.init",
  "prometheus/dnsfwd.rules.yml",
  "systemd/dnsfwd.service",
  "systemd/dnsfwd.socket",
];

Deno.test("fill() has everything that belongs to the executable", async () => {
  using place = new TempDirectory();
  await fill(place.path, "The dependencies");
  for (const file of FILES) assert(Deno.statSync(`${place.path}/${file}`).size > 0, file);
  assertEquals(Deno.readTextFileSync(`${place.path}/DEPENDENCIES.md`), "The dependencies");
});

Deno.test("The pages that the README leads to are in a release, too", async () => {
  using place = new TempDirectory();
  await fill(place.path, "");
  const readme = Deno.readTextFileSync(`${place.path}/README.md`);
  const links = Array.from(readme.matchAll(/\]\((docs\/[^)#]+)/g), ([, path]) => path);
  assert(links.length > 0);
  for (const path of links) assert(Deno.statSync(`${place.path}/${path}`).isFile, path);
});

Deno.test("npmPackages() are those of the program with what they need, and not those of the tests", async () => {
  const names = (await npmPackages()).map(({ name }) => name);
  for (const name of ["@logtape/logtape", "@peculiar/x509", "asn1js", "toml-eslint-parser"]) {
    assert(names.includes(name), name);
  }
  assert(!names.includes("ajv"));
});

Deno.test("dependenciesPage() has the licence of each package, and its text", async () => {
  const packages = await npmPackages();
  const page = await dependenciesPage(packages, "1.2.3");
  assertStringIncludes(page, "Deno 1.2.3 (MIT");
  for (const { name, version } of packages) {
    assert(new RegExp(`^\\| ${RegExp.escape(name)} \\| ${version} \\| \\S`, "m").test(page), name);
    const [, text = ""] = page.split(`\n## ${name} ${version}\n`);
    assert(
      /Permission|Redistribution|Apache License|MIT licence/.test(text.split("\n## ")[0]),
      name,
    );
  }
});

Deno.test("dependenciesPage() refuses a package that does not say what its licence is", async () => {
  using place = new TempDirectory();
  const bare = { name: "bare", version: "1.0.0", folder: place.path };
  Deno.writeTextFileSync(`${place.path}/package.json`, "{}");
  await assertRejects(() => dependenciesPage([bare], "1.2.3"), Error, "does not say what its");
  Deno.writeTextFileSync(`${place.path}/package.json`, '{ "license": "MIT" }');
  await assertRejects(() => dependenciesPage([bare], "1.2.3"), Error, "has no licence text");
});
