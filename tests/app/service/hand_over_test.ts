/** Which directories another user is given, and which never. */

import { assertEquals } from "@std/assert";
import { handOver } from "../../../lib/app/service/hand_over.ts";

const ACCOUNT = { user: "dns", uid: 153, gid: 253, groups: [] };
/** Content that is there must be root's. */
const AS_ROOT = { ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 };

async function inDirectory(run: (directory: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dnsfwd-hand-over-" });
  try {
    run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What is given away of the directory at `path`. */
function given(path: string): string[] {
  const paths: string[] = [];
  const isOurs = (name: string) => name.startsWith("ours");
  handOver({ path, isOurs }, ACCOUNT, (each, account) => {
    assertEquals(account, ACCOUNT);
    return paths.push(each) > 0;
  });
  return paths;
}

Deno.test("handOver() makes what is missing, for its owner alone, and gives away that and nothing above it", async () => {
  await inDirectory((directory) => {
    assertEquals(given(`${directory}/a/b/`), [`${directory}/a`, `${directory}/a/b`]);
    assertEquals((Deno.statSync(`${directory}/a/b`).mode ?? 0) & 0o777, 0o700);
  });
});

Deno.test(
  "handOver() gives away a directory of an earlier run, with its files",
  AS_ROOT,
  async () => {
    await inDirectory((directory) => {
      const path = `${directory}/state`;
      Deno.mkdirSync(path);
      Deno.writeTextFileSync(`${path}/ours.json`, "{}");
      assertEquals(given(path), [`${path}/ours.json`, path]);
    });
  },
);

Deno.test("handOver() gives away nothing that exists for others", AS_ROOT, async (t) => {
  const cases: Record<string, (path: string, directory: string) => void> = {
    "an empty directory": () => {},
    "a directory with a file of others": (path) => {
      Deno.writeTextFileSync(`${path}/ours`, "");
      Deno.writeTextFileSync(`${path}/.profile`, "");
    },
    "a directory within": (path) => Deno.mkdirSync(`${path}/ours`),
    "a link within": (path) => Deno.symlinkSync("/etc/passwd", `${path}/ours`),
    "a file with another name elsewhere": (path, directory) => {
      Deno.writeTextFileSync(`${directory}/victim`, "");
      Deno.linkSync(`${directory}/victim`, `${path}/ours`);
    },
    "a file of another user": (path) => {
      Deno.writeTextFileSync(`${path}/ours`, "");
      Deno.chownSync(`${path}/ours`, 1234, 1234);
    },
    "a directory of another user": (path) => {
      Deno.writeTextFileSync(`${path}/ours`, "");
      Deno.chownSync(path, 1234, 1234);
    },
  };
  for (const [name, prepare] of Object.entries(cases)) {
    await t.step(name, () =>
      inDirectory((directory) => {
        Deno.mkdirSync(`${directory}/state`);
        prepare(`${directory}/state`, directory);
        assertEquals(given(`${directory}/state`), []);
      }));
  }
});

Deno.test(
  "handOver() does not follow a link that has the name of the directory",
  AS_ROOT,
  async () => {
    await inDirectory((directory) => {
      Deno.mkdirSync(`${directory}/real`);
      Deno.writeTextFileSync(`${directory}/real/ours`, "");
      Deno.symlinkSync(`${directory}/real`, `${directory}/state`);
      assertEquals(given(`${directory}/state`), []);
    });
  },
);
