/** In processes of their own: a test cannot do without its standard streams. */

import { assertEquals } from "@std/assert";

const MODULE = new URL("../../../lib/app/instance/standard_streams.ts", import.meta.url).href;
const IS_LINUX = Deno.build.os === "linux";

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `body` with `streams`, behind a shell that opens descriptor 9 on a file. */
async function runBehindShell(folder: string, body: string): Promise<Outcome> {
  const script = `import { StandardStreams } from ${JSON.stringify(MODULE)};
    const streams = StandardStreams.find();
    const folder = ${JSON.stringify(folder)};
    ${body}`;
  await Deno.writeTextFile(`${folder}/program.ts`, script);
  const { stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", 'umask 0; exec "$0" run --allow-all "$1" 9<"$1"', Deno.execPath()].concat(
      [`${folder}/program.ts`],
    ),
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-streams-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function streamsTest(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test({ name, ignore: !IS_LINUX, fn: () => inFolder(run) });
}

streamsTest(
  "StandardStreams.detach() appends what the runtime prints to a file",
  async (folder) => {
    await Deno.writeTextFile(`${folder}/log`, "first\n");
    const { stderr } = await runBehindShell(
      folder,
      `console.error("before"); streams.detach(folder + "/log"); console.error("after");
     console.log("output too");`,
    );
    assertEquals(stderr, "before\n");
    assertEquals(await Deno.readTextFile(`${folder}/log`), "first\nafter\noutput too\n");
  },
);

streamsTest("StandardStreams.detach() goes on in a new file of the name", async (folder) => {
  await Deno.writeTextFile(`${folder}/log`, "");
  await runBehindShell(
    folder,
    `streams.detach(folder + "/log"); console.error("one");
     Deno.renameSync(folder + "/log", folder + "/log.1"); Deno.writeTextFileSync(folder + "/log", "");
     streams.detach(folder + "/log"); console.error("two");`,
  );
  assertEquals(await Deno.readTextFile(`${folder}/log.1`), "one\n");
  assertEquals(await Deno.readTextFile(`${folder}/log`), "two\n");
});

streamsTest(
  "StandardStreams.detach() lets go of the caller where there is no file",
  async (folder) => {
    const { stdout, stderr } = await runBehindShell(
      folder,
      `streams.detach(folder + "/none"); console.error("after"); console.log("after");`,
    );
    assertEquals([stdout, stderr], ["", ""]);
  },
);

streamsTest(
  "StandardStreams.detach() leaves no descriptor of the caller's pipes",
  async (folder) => {
    const { stderr } = await runBehindShell(
      folder,
      `const pipes = () => {
       const { stdout } = new Deno.Command("readlink", {
         args: ["/proc/" + Deno.pid + "/fd/1", "/proc/" + Deno.pid + "/fd/2"],
       }).outputSync();
       return new TextDecoder().decode(stdout).trim().split("\\n");
     };
     const before = pipes();
     Deno.writeTextFileSync(folder + "/log", "");
     streams.detach(folder + "/log");
     const { stdout } = new Deno.Command("sh", {
       args: ["-c", "readlink /proc/" + Deno.pid + "/fd/*"],
     }).outputSync();
     const left = new TextDecoder().decode(stdout).split("\\n");
     Deno.writeTextFileSync(folder + "/left", JSON.stringify(before.filter((each) => left.includes(each))));`,
    );
    assertEquals(stderr, "");
    assertEquals(await Deno.readTextFile(`${folder}/left`), "[]");
  },
);

streamsTest("StandardStreams.keepFromChildren() keeps the caller's descriptors", async (folder) => {
  const { stdout } = await runBehindShell(
    folder,
    `const open = () => new TextDecoder().decode(
       new Deno.Command("sh", { args: ["-c", "readlink /proc/self/fd/9 || echo none"] }).outputSync().stdout,
     ).trim();
     console.log(open()); streams.keepFromChildren(); console.log(open());`,
  );
  assertEquals(stdout, `${folder}/program.ts\nnone\n`);
});

streamsTest("StandardStreams.setMask() keeps new files from others", async (folder) => {
  const { stderr } = await runBehindShell(
    folder,
    `streams.setMask();
     Deno.writeTextFileSync(folder + "/new", "");
     console.error((Deno.statSync(folder + "/new").mode & 0o777).toString(8));`,
  );
  assertEquals(stderr, "640\n");
});
