import { assertEquals, assertStringIncludes } from "@std/assert";
import { helpText } from "../../../lib/app/settings/help.ts";
import { COMMANDS } from "../../../lib/app/settings/commands.ts";
import { OPTIONS } from "../../../lib/app/settings/options.ts";

/** Those that are of use to people. */
const SHOWN = OPTIONS.filter(({ isInternal }) => !isInternal);

Deno.test("helpText() names every command, and every option of a command with its aliases", () => {
  for (const command of COMMANDS) assertStringIncludes(helpText(undefined), `\n  ${command} `);
  for (const option of SHOWN) {
    const value = option.value === undefined ? "" : ` ${option.value}`;
    for (const command of option.commands) {
      const text = helpText(command);
      assertStringIncludes(text, `--${option.name}${value}`);
      for (const alias of option.aliases) {
        assertStringIncludes(
          text,
          alias.length === 1 ? `-${alias}, --${option.name}` : `--${alias}`,
        );
      }
    }
  }
});

Deno.test("helpText() names no option of another command", () => {
  for (const command of COMMANDS) {
    const lines = helpText(command).split("\n").filter((line) => /^ {2}(-\w, )?--/.test(line));
    const named = lines.map((line) => /--([a-z-]+)/.exec(line)?.[1]);
    const own = SHOWN.filter((option) => option.commands.includes(command));
    assertEquals(named, own.map((option) => option.name), command);
  }
});

Deno.test("OPTIONS have no name or alias twice", () => {
  const names = OPTIONS.flatMap((option) => [option.name, ...option.aliases]);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("helpText() names the defaults and choices that hold", () => {
  for (const { name, defaults = [], choices = [], range, help } of OPTIONS) {
    const text = help.join(" ");
    for (const each of defaults) assertStringIncludes(text, each, name);
    if (range) continue;
    for (const each of choices) assertStringIncludes(text, each, name);
  }
});
