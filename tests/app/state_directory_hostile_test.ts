/** A state directory in which somebody else has been: nothing outside of it changes, and nothing waits or fills the memory. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { StateDirectory, tryDirectory } from "../../lib/app/state_directory.ts";

const IGNORE = { ignore: Deno.build.os === "windows" };

async function inDirectory(
  run: (directory: string, state: StateDirectory, warnings: string[]) => Promise<void> | void,
): Promise<void> {
  const warnings: string[] = [];
  const ignore = () => {};
  const warning = (text: string) => void warnings.push(text);
  const log = { debug: ignore, info: ignore, warning, error: ignore };
  const directory = await Deno.makeTempDir({ prefix: "dnsfwd-state-" });
  try {
    Deno.mkdirSync(`${directory}/state`);
    await run(directory, new StateDirectory(`${directory}/state`, log), warnings);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function names(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
}

Deno.test(
  "StateDirectory.write() does not write through links that wait where its new file will be",
  IGNORE,
  async () => {
    await inDirectory(async (directory, state, warnings) => {
      const victim = `${directory}/victim`;
      const path = `${directory}/state`;
      Deno.writeTextFileSync(victim, "precious");
      Deno.symlinkSync(victim, `${path}/one.${Deno.pid}.new`);
      Deno.symlinkSync(victim, `${path}/one`);
      await state.write("one", "text");
      assertEquals([Deno.readTextFileSync(victim), state.read("one")], ["precious", "text"]);
      assertEquals([names(path), warnings], [["one"], []]);
    });
  },
);

Deno.test(
  "tryDirectory() does not write through a link that waits where its file will be",
  IGNORE,
  async () => {
    await inDirectory((directory) => {
      const victim = `${directory}/victim`;
      const path = `${directory}/state`;
      Deno.writeTextFileSync(victim, "precious");
      Deno.symlinkSync(victim, `${path}/.${Deno.pid}.trial`);
      tryDirectory(path);
      assertEquals(Deno.readTextFileSync(victim), "precious");
      assertEquals(names(path), []);
    });
  },
);

Deno.test(
  "StateDirectory.read() neither waits for a pipe nor reads a device or a file without end",
  IGNORE,
  async () => {
    const make: [string, (file: string) => Promise<unknown> | void, RegExp][] = [
      ["pipe", (file) => new Deno.Command("mkfifo", { args: [file] }).output(), /no file/],
      ["device", (file) => Deno.symlinkSync("/dev/zero", file), /no file/],
      ["directory", (file) => Deno.mkdirSync(file), /no file/],
      [
        "huge",
        (file) => Deno.writeTextFile(file, "").then(() => Deno.truncate(file, 1e11)),
        /large/,
      ],
    ];
    for (const [name, put, reason] of make) {
      await inDirectory(async (directory, state, warnings) => {
        await put(`${directory}/state/${name}`);
        assertEquals(state.read(name), undefined, name);
        assertEquals(warnings.length, 1);
        assertStringIncludes(
          warnings[0],
          `Cannot read in the state directory ${directory}/state: `,
        );
        assertEquals(reason.test(warnings[0]), true, warnings[0]);
      });
    }
  },
);
