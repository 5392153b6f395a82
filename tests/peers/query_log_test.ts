/** The query log under load, on disks that are full or hang, and in the care of logrotate. */

import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
} from "@std/assert";
import type { Report } from "../../lib/app/report/report.ts";
import { exchange } from "../helpers/client.ts";
import { mountTest, withMounts } from "../helpers/mount_namespace.ts";
import type { Program } from "../helpers/program.ts";
import { countQueries, readLog } from "../helpers/query_log.ts";
import { buildQuery } from "../helpers/query.ts";
import { PEER_NAME, peerTest, peerTrust } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";
import { type Scenario, startScenario, startWithUpstreams } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";
import { waitUntil } from "../helpers/waiting.ts";

const RATE = 10_000;
const SECONDS = 3;
/** Octets of one of the two buffers, and of a line at least. */
const BUFFER = 1 << 20;
const SHORTEST_LINE = 150;

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-queries-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the program says of itself. */
async function statusOf(program: Program): Promise<Report> {
  const socket = `${program.runtimeDirectory}/control.sock`;
  using stream = await Deno.connect({ transport: "unix", path: socket });
  await stream.write(new TextEncoder().encode('{"version":1,"command":"status"}\n'));
  let text = "";
  for await (const part of stream.readable.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.endsWith("\n")) break;
  }
  return JSON.parse(text);
}

/** Asks so many different questions over one connection; all are answered. */
async function askMany(scenario: Scenario, count: number, prefix: string): Promise<void> {
  const client = await scenario.tcp();
  const replies = await exchange(
    client,
    numberedNames(count, prefix).map((name) => buildQuery(name)),
  );
  assertEquals(replies.filter(({ rcode }) => rcode === 0).length, count);
}

/** How many queries dnsperf has sent, and how many were answered, at `RATE` for `SECONDS`. */
async function flood(port: number, folder: string) {
  const questions = `${folder}/questions`;
  await Deno.writeTextFile(questions, numberedNames(50_000).map((name) => `${name} A\n`).join(""));
  const load = ["-Q", `${RATE}`, "-l", `${SECONDS}`, "-q", "60000", "-T", "2", "-b", "4096"];
  const server = ["-s", "127.0.0.1", "-p", `${port}`, "-d", questions];
  const { stdout } = await new Deno.Command("dnsperf", { args: [...server, ...load] }).output();
  const text = new TextDecoder().decode(stdout);
  const number = (name: string) => Number(new RegExp(`Queries ${name}:\\s+(\\d+)`).exec(text)?.[1]);
  return { sent: number("sent"), answered: number("completed") };
}

peerTest(
  ["unbound", "dnsperf"],
  `dnsfwd --query-log has a line for each of ${RATE} queries a second, or says how many are missing`,
  async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/queries.log`;
      await using unbound = await startUnbound();
      const options = ["--query-log", path, "--log-max-size", "0"];
      await using program = await startForwarder(unbound.port, ...options);
      const { sent, answered } = await flood(program.address.port, folder);
      await program.stop();
      const { received = 0, answered: replied = 0 } = program.lastSummary ?? {};
      const { told, missing } = countQueries(readLog(path));
      assertEquals(told + missing, replied);
      assertGreaterOrEqual(received, sent * 0.99);
      assertGreater(answered, sent * 0.95);
      assertGreater(told, sent * 0.9);
    });
  },
);

peerTest(
  ["unbound", "dnsperf"],
  "dnsfwd --query-log answers as ever where nobody takes its lines, in bounded memory, and ends",
  async () => {
    await withFolder(async (folder) => {
      const pipe = `${folder}/pipe`;
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      await using unbound = await startUnbound();
      // A pipe that gets full, as nobody reads it.
      const prefix = ["/bin/sh", "-c", `exec "$0" "$@" 1<>"${pipe}"`];
      const { authority } = await peerTrust();
      const uri = `tls://127.0.0.1:${unbound.port}#${PEER_NAME}`;
      const options = { prefix, args: ["--query-log", "stdout"] };
      await using program = await startWithUpstreams([uri], authority, options);
      const { sent, answered } = await flood(program.address.port, folder);
      assertGreater(answered, sent * 0.95);
      const { memory, queryLog, summary } = await statusOf(program);
      assert(queryLog && queryLog.dropped > 0, JSON.stringify(queryLog));
      // But for what is in the pipe or in one of the two buffers.
      const { written, dropped } = queryLog;
      assertGreater(written + dropped, summary.answered - 2 * BUFFER / SHORTEST_LINE);
      assertLess(memory.resident, 150 << 20);
      await waitUntil(() => program.stderr.includes("nobody reads it in time, "), "the warning");
      assertEquals((await program.stop()).code, 0);
    });
  },
);

mountTest(
  [],
  "dnsfwd --query-log answers while the disk is full, keeps lines whole, counts what is missing, and goes on later",
  async () => {
    await withFolder(async (folder) => {
      const mounts = `mount -t tmpfs -o size=64k tmpfs "${folder}"`;
      const path = `${folder}/queries.log`;
      const args = ["--query-log", path, "--log-level", "info"];
      await using scenario = await startScenario({ plain: true, args, prefix: withMounts(mounts) });
      const { program } = scenario;
      const inside = `/proc/${program.pid}/root${path}`;
      await askMany(scenario, 1000, "a");
      await waitUntil(() => program.stderr.includes("could not be written"), "the warning");
      assertMatch(program.stderr, /Cannot write the query log \S+: no space left\n/);
      await askMany(scenario, 200, "b");
      const full = countQueries(readLog(inside));
      assertGreater(full.told, 200);
      await Deno.rename(inside, `${inside}.old`);
      await Deno.remove(`${inside}.old`);
      program.signal("SIGHUP");
      await waitUntil(() => program.stderr.includes("reloaded"), "the reload");
      await askMany(scenario, 3, "c");
      await waitUntil(() => countQueries(readLog(inside)).told >= 3, "lines in the new file");
      await askMany(scenario, 1, "d");
      const all = () => {
        const { told, missing } = countQueries(readLog(inside));
        return full.told + told + missing;
      };
      await waitUntil(() => all() === 1204, "a line for all, or of what is missing");
      const { queryLog } = await statusOf(program);
      const again = countQueries(readLog(inside));
      assertGreater(again.missing, 0);
      assertEquals(queryLog, { path, written: full.told + again.told, dropped: again.missing });
    });
  },
);

Deno.test("dnsfwd --query-log makes a file anew that was deleted, without being told", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/queries.log`;
    await using scenario = await startScenario({ plain: true, args: ["--query-log", path] });
    await askMany(scenario, 1, "a");
    await waitUntil(() => readLog(path).length === 1, "a line");
    await Deno.remove(path);
    let asked = 0;
    await waitUntil(() => {
      scenario.udp().send(buildQuery(`b${asked++}.example`));
      return readLog(path).length > 0;
    }, "a line in a new file");
  });
});

/** Runs logrotate(8) once, whether it is time or not. */
async function rotate(folder: string, path: string, directives: readonly string[]): Promise<void> {
  const config = `${folder}/logrotate.conf`;
  const lines = [`"${path}" {`, "rotate 3", "nocompress", "su root root", ...directives, "}", ""];
  await Deno.writeTextFile(config, lines.join("\n"));
  const args = ["--force", "--state", `${folder}/state`, config];
  const { success, stderr } = await new Deno.Command("logrotate", { args }).output();
  assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
}

const WAYS: Readonly<Record<string, (pid: number) => string[]>> = {
  "renames it and sends SIGHUP": (
    pid,
  ) => ["create 0600", "postrotate", `kill -HUP ${pid}`, "endscript"],
  "copies and empties it": () => ["copytruncate"],
};

for (const [way, directives] of Object.entries(WAYS)) {
  peerTest(["logrotate"], `dnsfwd --query-log loses no line where logrotate ${way}`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/queries.log`;
      await using scenario = await startScenario({ plain: true, args: ["--query-log", path] });
      for (const prefix of ["a", "b", "c"]) {
        await askMany(scenario, 50, prefix);
        await waitUntil(() => readLog(path).length === 50, "the lines");
        await rotate(folder, path, directives(scenario.program.pid));
      }
      const files = [`${path}.3`, `${path}.2`, `${path}.1`].map(readLog);
      assertEquals(files.map((lines) => [lines.length, lines[0].name?.[0]]), [
        [50, "a"],
        [50, "b"],
        [50, "c"],
      ]);
    });
  });
}
