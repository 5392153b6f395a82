/** The manual pages, as man prints them. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { COMMANDS } from "../../../lib/app/settings/commands.ts";
import { isSetting } from "../../../lib/app/settings/option.ts";
import { OPTIONS } from "../../../lib/app/settings/options.ts";
import { dnsfwdPage } from "../../../scripts/manual/dnsfwd_8.ts";
import { dnsfwdTomlPage } from "../../../scripts/manual/dnsfwd_toml_5.ts";
import { ENVIRONMENT } from "../../../scripts/manual/environment.ts";
import { peerTest } from "../../helpers/real_peer.ts";

const PAGES = {
  "dnsfwd.8": dnsfwdPage("1.2.3", "2026-01-02"),
  "dnsfwd.toml.5": dnsfwdTomlPage("1.2.3", "2026-01-02"),
};

/** What a reader sees, in lines so long that nothing is broken; fails if man warns. */
async function rendered(name: keyof typeof PAGES): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: `-${name}` });
  try {
    await Deno.writeTextFile(path, PAGES[name]);
    const { code, stdout, stderr } = await new Deno.Command("man", {
      args: ["--warnings", "-E", "UTF-8", "-l", path],
      env: { MANWIDTH: "1000", MANPAGER: "cat", LC_ALL: "C.UTF-8" },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(code, 0);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(path);
  }
}

/** The lines between a heading and the next. */
function sectionOf(text: string, heading: string): string {
  const [, rest = ""] = text.split(`\n${heading}\n`);
  return rest.split(/^(?=\S)/m)[0];
}

peerTest(["man"], "dnsfwd(8) has every command and option, and man warns of nothing", async () => {
  const text = await rendered("dnsfwd.8");
  for (const command of COMMANDS) {
    assertStringIncludes(sectionOf(text, "SYNOPSIS"), command === "run" ? "[run]" : ` ${command}`);
    assert(new RegExp(`^ {3}${command}\\b`, "m").test(sectionOf(text, "COMMANDS")), command);
  }
  const options = sectionOf(text, "OPTIONS");
  for (const { name, value, isInternal } of OPTIONS) {
    const label = value === undefined ? `--${name}` : `--${name} ${value}`;
    const pattern = new RegExp(`^ {7}(-\\w, )?${RegExp.escape(label)}(\\s|$)`, "m");
    assertEquals(pattern.test(options), !isInternal, label);
  }
});

peerTest(
  ["man"],
  "dnsfwd(8) prints hyphens, backslashes and quotes as they are typed",
  async () => {
    const text = await rendered("dnsfwd.8");
    for (const each of ["cert=FILE&key=FILE", "this machine's clock", "~/.config", '"run"']) {
      assertStringIncludes(text, each);
    }
    assert(!/[\u2010\u2018\u2019\u2212]/.test(text));
  },
);

peerTest(["man"], "dnsfwd.toml(5) has every setting with its type, default and range", async () => {
  const text = await rendered("dnsfwd.toml.5");
  for (const option of OPTIONS.filter(isSetting)) {
    const { defaults = [], choices = [], parts = [] } = option;
    const name = option.table ? `${option.table}.${option.setting}` : option.name;
    if (parts.length > 0) assertStringIncludes(text, `[${name}]`);
    else assert(new RegExp(`^ {7}${name}(\\s|$)`, "m").test(text), name);
    for (const each of [...defaults, ...choices]) assertStringIncludes(text, each, name);
    for (const { name, default: standard, min, max } of parts) {
      assertStringIncludes(text, `\n       ${name}\n`);
      assertStringIncludes(text, `Default ${standard}, allowed ${min} to ${max}.`);
    }
  }
});

Deno.test("ENVIRONMENT has all variables that the program may read, and no others", () => {
  const flag = config.tasks.dnsfwd.split(" ").find((word) => word.startsWith("--allow-env="));
  const names = flag?.slice("--allow-env=".length).split(",");
  assertEquals(Object.keys(ENVIRONMENT).toSorted(), names?.toSorted());
});
