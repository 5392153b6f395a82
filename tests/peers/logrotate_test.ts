/** The log file in the care of logrotate, in its two ways, and in that of the program while logrotate is there too. */

import { assert, assertEquals } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { Program } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { findProgram, freePort, peerTest } from "../helpers/real_peer.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

const SUMMARY = "Summary: ";

class Stage implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "dnsfwd-logrotate-" });
  readonly path = `${this.folder}/dnsfwd.log`;
  readonly upstream = new ScriptedUpstream({ script: (query) => query.answer() });
  readonly program: Program;
  readonly #port = freePort();
  #told = 0;

  constructor(...args: string[]) {
    const listen = `127.0.0.1:${this.#port}`;
    const { uri } = this.upstream;
    const run = ["--upstream", uri, "--listen", listen, "--log-file", this.path];
    this.program = new Program([...run, ...args], {});
  }

  static async open(...args: string[]): Promise<Stage> {
    const stage = new Stage(...args);
    const isUp = () => stage.#all().includes("Forwarding to ");
    await waitUntil(() => isUp() || stage.program.ended, "the start");
    return stage;
  }

  /** Runs logrotate(8) once, whether it is time or not. */
  async rotate(...directives: string[]): Promise<void> {
    const config = `${this.folder}/logrotate.conf`;
    const text = [`"${this.path}" {`, "rotate 3", "nocompress", ...directives, "}", ""];
    await Deno.writeTextFile(config, text.join("\n"));
    const program = findProgram("logrotate");
    assert(program);
    const args = ["--force", "--state", `${this.folder}/state`, config];
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  }

  /** Has the program log a line that says how many queries there were: one more each time. */
  async tell(): Promise<void> {
    using client = new UdpClient({ transport: "udp", hostname: "127.0.0.1", port: this.#port });
    assertEquals((await client.ask(buildQuery(`q${this.#told}.example`))).rcode, 0);
    this.#told++;
    this.program.signal("SIGUSR2");
    await waitUntil(() => this.#summaries(this.#all()).includes(this.#told), "the line");
  }

  /** Which of the lines that `tell()` makes are in which file, by what follows the name of the log. */
  get told(): Record<string, number[]> {
    return Object.fromEntries(
      this.#names().map((name) => {
        const text = textOf(`${this.folder}/${name}`);
        return [name.slice("dnsfwd.log".length), this.#summaries(text)];
      }),
    );
  }

  #all(): string {
    return this.#names().map((name) => textOf(`${this.folder}/${name}`)).join("");
  }

  #names(): string[] {
    const names = Array.from(Deno.readDirSync(this.folder), ({ name }) => name);
    return names.filter((name) => name.startsWith("dnsfwd.log")).sort();
  }

  #summaries(text: string): number[] {
    const found = text.matchAll(new RegExp(`^\\S+ \\S+Z ${SUMMARY}.*received (\\d+)`, "gm"));
    return Array.from(found, ([, count]) => Number(count));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop();
    await this.upstream.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** "" for a file that was renamed since its name was read: another look finds it. */
function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

peerTest(
  ["logrotate"],
  "dnsfwd goes on in the file that logrotate creates, after its SIGHUP",
  async () => {
    await using stage = await Stage.open();
    const { pid } = stage.program;
    for (let round = 0; round < 3; round++) {
      await stage.tell();
      await stage.rotate("create 640", "postrotate", `kill -HUP ${pid}`, "endscript");
      const isReloaded = () => textOf(stage.path).includes("Configuration reloaded");
      await waitUntil(isReloaded, "the reload");
    }
    await stage.tell();
    assertEquals(stage.told, { "": [4], ".1": [3], ".2": [2], ".3": [1] });
    assertEquals((Deno.statSync(stage.path).mode ?? 0) & 0o777, 0o640);
  },
);

peerTest(
  ["logrotate"],
  "dnsfwd notices by itself that logrotate has renamed the file",
  async () => {
    await using stage = await Stage.open("--limit", "log-lines=0");
    await stage.tell();
    await stage.rotate("nocreate");
    // It looks once a second: what comes before that may stand in the renamed file.
    const end = performance.now() + 10_000;
    while (stage.told[""] === undefined && performance.now() < end) await stage.tell();
    const { "": after = [], ".1": before } = stage.told;
    assert(after.length > 0);
    assertEquals([...before, ...after], Array.from({ length: after[0] }, (_, at) => at + 1));
  },
);

peerTest(
  ["logrotate"],
  "dnsfwd goes on at the beginning of a file that logrotate copies and empties",
  async () => {
    await using stage = await Stage.open();
    for (let round = 0; round < 3; round++) {
      await stage.tell();
      await stage.rotate("copytruncate");
    }
    await stage.tell();
    assertEquals(stage.told, { "": [4], ".1": [3], ".2": [2], ".3": [1] });
    assert(!textOf(stage.path).includes("\0"), "no hole");
  },
);

peerTest(
  ["logrotate"],
  "dnsfwd and logrotate rotate the same file, and each line stands in one place",
  async () => {
    await using stage = await Stage.open("--log-max-size", "64k", "--log-keep", "50");
    const { pid } = stage.program;
    // The events of each dump and the dumps before it make the file full again and again.
    const dump = async () => {
      for (let count = 0; count < 30; count++) {
        stage.program.signal("SIGQUIT");
        await stage.tell();
      }
    };
    await dump();
    await stage.rotate("rotate 50", "create", "postrotate", `kill -HUP ${pid}`, "endscript");
    await dump();
    await stage.rotate("rotate 50", "copytruncate");
    await dump();
    const counts = Object.values(stage.told).flat().toSorted((one, other) => one - other);
    assertEquals(counts, Array.from({ length: 90 }, (_, at) => at + 1));
    assert(Object.keys(stage.told).length > 5);
    for (const name of Object.keys(stage.told)) {
      assert(Deno.statSync(stage.path + name).size <= 70_000, name);
    }
  },
);
