/** The completions in real shells: what is offered behind a line. */

import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../../lib/app/settings/commands.ts";
import { takesOption } from "../../../lib/app/settings/option.ts";
import { OPTIONS } from "../../../lib/app/settings/options.ts";
import { POLICIES } from "../../../lib/resolver/pool/policy.ts";
import { bashCompletion } from "../../../scripts/completions/bash.ts";
import { fishCompletion } from "../../../scripts/completions/fish.ts";
import { zshCompletion } from "../../../scripts/completions/zsh.ts";
import { peerTest } from "../../helpers/real_peer.ts";
import { bashCandidates, type Shell, SHELLS } from "../../helpers/shells.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Lines that have exactly these continuations, whatever the shell. */
const EXACTLY: readonly [line: string, candidates: readonly string[]][] = [
  ["dnsfwd sta", ["start", "status"]],
  ["dnsfwd --truncate re", ["reload", "reset", "restart"]],
  ["dnsfwd --runtime-dir run --config none sto", ["stop"]],
  ["dnsfwd --upstream tls://9.9.9.9#dns.quad9.net do", ["doctor"]],
  ["dnsfwd help en", ["ensure"]],
  ["dnsfwd --policy ", POLICIES],
  ["dnsfwd --policy=", POLICIES],
  ["dnsfwd check --policy=ba", ["balance"]],
  ["dnsfwd run --udp-io pl", ["plain"]],
  ["dnsfwd --log-level e", ["emergency", "error"]],
  ["dnsfwd --limit tcp-i", ["tcp-idle=", "tcp-in-flight="]],
  ["dnsfwd --limit=tcp-id", ["tcp-idle="]],
  ["dnsfwd demo --o", ["--once"]],
  ["dnsfwd ensure --print", ["--print-crontab"]],
  ["dnsfwd status --upst", []],
  ["dnsfwd --backg", []],
  ["dnsfwd --listen ", []],
  ["dnsfwd query example.org --log", []],
  ["dnsfwd --user roo", ["root"]],
  ["dnsfwd --group roo", ["root"]],
];

for (const shell of SHELLS) {
  peerTest([shell.name], `${shell.name} completes commands, options and values`, async () => {
    using place = folderFor(shell);
    for (const [line, candidates] of EXACTLY) {
      const offered = await shell.candidates(place.path, line);
      assertEquals(offered, candidates.toSorted(), line);
    }
  });

  peerTest([shell.name], `${shell.name} completes all options of each command`, async () => {
    using place = folderFor(shell);
    for (const command of COMMANDS) {
      const offered = await shell.candidates(place.path, `dnsfwd ${command} --`);
      const taken = OPTIONS.filter((option) => takesOption(command, option) && !option.isInternal);
      assertEquals(offered, taken.map(({ name }) => `--${name}`).toSorted(), command);
    }
  });

  peerTest([shell.name], `${shell.name} completes files and directories`, async () => {
    using place = folderFor(shell);
    await Deno.mkdir(`${place.path}/sub folder`);
    await Deno.writeTextFile(`${place.path}/subset.toml`, "");
    const files = await shell.candidates(place.path, "dnsfwd --config sub");
    assertEquals(files.map(withoutSlash), ["sub folder", "subset.toml"]);
    const folders = await shell.candidates(place.path, "dnsfwd --state-dir sub");
    assertEquals(folders.map(withoutSlash), ["sub folder"]);
  });
}

peerTest(["bash"], "bash completes values where = is part of a word", async () => {
  using place = folderFor(SHELLS[0]);
  const offered = await bashCandidates(place.path, ["dnsfwd", "--policy=ba"]);
  assertEquals(offered, ["--policy=balance"]);
});

peerTest(["shellcheck"], "The completion for bash is sound", async () => {
  using place = folderFor(SHELLS[0]);
  const args = ["-s", "bash", `${place.path}/dnsfwd.bash`];
  const { code, stdout } = await new Deno.Command("shellcheck", { args }).output();
  assert(code === 0, new TextDecoder().decode(stdout));
});

/** A folder with the completion in it. */
function folderFor({ name, file }: Shell): TempDirectory {
  const place = new TempDirectory();
  Deno.writeTextFileSync(`${place.path}/${file}`, SCRIPTS[name]());
  return place;
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, "").replaceAll("\\ ", " ");
}
