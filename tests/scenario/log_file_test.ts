/** The log file of a program in the foreground. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { buildQuery } from "../helpers/query.ts";
import { Program } from "../helpers/program.ts";
import { freePort } from "../helpers/real_peer.ts";
import { UdpClient } from "../helpers/client.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

interface Stage {
  readonly program: Program;
  readonly folder: string;
  ask(): Promise<number>;
}

/** Runs the program with `--log-file` for a name in a folder. */
async function withLogFile(name: string, use: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-log-" });
  await using upstream = new ScriptedUpstream({ script: (query) => query.answer() });
  const port = freePort();
  const address = { transport: "udp", hostname: "127.0.0.1", port } as const;
  const listen = `127.0.0.1:${port}`;
  const args = ["--upstream", upstream.uri, "--listen", listen, "--log-file", `${folder}/${name}`];
  try {
    await using program = new Program(args, {});
    using client = new UdpClient(address);
    await waitUntil(() => isTaken(port) || program.ended, "listening");
    const ask = async () => (await client.ask(buildQuery("www.example"))).rcode;
    await use({ program, folder, ask });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function isTaken(port: number): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return true;
    throw error;
  }
}

Deno.test("dnsfwd --log-file writes its lines there and none to standard error", async () => {
  await withLogFile("dnsfwd.log", async ({ program, folder, ask }) => {
    assertEquals(await ask(), 0);
    const log = () => Deno.readTextFileSync(`${folder}/dnsfwd.log`);
    assertStringIncludes(log(), "(UDP and TCP)\n");
    await Deno.rename(`${folder}/dnsfwd.log`, `${folder}/old.log`);
    const { code, stderr } = await program.stop();
    assertEquals([code, stderr], [0, ""]);
  });
});

Deno.test("dnsfwd --log-file opens the file again on SIGHUP", async () => {
  await withLogFile("dnsfwd.log", async ({ program, folder, ask }) => {
    assertEquals(await ask(), 0);
    await Deno.rename(`${folder}/dnsfwd.log`, `${folder}/old.log`);
    program.signal("SIGHUP");
    const log = () => Deno.readTextFileSync(`${folder}/dnsfwd.log`);
    await waitUntil(() => hasFile(`${folder}/dnsfwd.log`) && log() !== "", "new log file");
    assertStringIncludes(log(), "Configuration reloaded");
  });
});

Deno.test("dnsfwd --log-file serves without a log where the directory is missing, and says so", async () => {
  await withLogFile("missing/dnsfwd.log", async ({ program, folder, ask }) => {
    assertEquals(await ask(), 0);
    const { code, stderr } = await program.stop();
    assertEquals(code, 0);
    const path = `${folder}/missing/dnsfwd.log`;
    const warning = `Warning: Cannot write the log file ${path}: no such directory\n`;
    assertEquals(stderr.replace(/^\S+ \S+ /, ""), warning);
  });
});

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
