/** Descriptors run short: clients connect and stay, on a machine that allows few. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { TcpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

const DESCRIPTORS = 64;
const CLIENTS = 150;
/** Those of 24 clients over TCP, and 4 over HTTP. */
const ALL_TAKEN = 28;
const LINUX = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "Idle clients leave the upstream its descriptors: queries are answered after it has closed",
  LINUX,
  async () => {
    const prefix = ["prlimit", `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`];
    const args = ["--limit", "tcp-connections-per-client=200"];
    await using scenario = await startScenario({ prefix, args });
    const { program } = scenario;
    assertStringIncludes(
      program.stderr,
      "Clients get 24 TCP connections instead of 256 (--limit tcp-connections): " +
        "the system allows 64 open files; raise that (ulimit -n, LimitNOFILE= of systemd) to 296",
    );
    await using stack = new AsyncDisposableStack();
    for (let count = 0; count < CLIENTS; count++) {
      stack.use(await TcpClient.connect(program.address));
    }
    for (const connection of scenario.upstream.connections) await connection.close();
    for (let count = 0; count < 10; count++) {
      const query = buildQuery(`during${count}.example`);
      assertAnswered(query, await scenario.udp().ask(query));
    }
    assertEquals(program.stderr.includes("Too many open files"), false);
  },
);

Deno.test(
  "Idle clients over TCP and HTTP together leave the upstream its descriptors",
  LINUX,
  async () => {
    const prefix = ["prlimit", `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`];
    const args = ["--limit", "tcp-connections-per-client=200", "--metrics", "127.0.0.1:0"];
    await using scenario = await startScenario({ prefix, args });
    const { program } = scenario;
    const [, port] = /Metrics at http:\/\/127\.0\.0\.1:(\d+)/.exec(program.stderr) ?? [];
    const before = openDescriptors(program.pid);
    await using stack = new AsyncDisposableStack();
    for (const address of [{ ...program.address, port: Number(port) }, program.address]) {
      for (let count = 0; count < CLIENTS; count++) stack.use(await TcpClient.connect(address));
    }
    await waitUntil(() => openDescriptors(program.pid) >= before + ALL_TAKEN, "connections");
    for (const connection of scenario.upstream.connections) await connection.close();
    for (let count = 0; count < 10; count++) {
      const query = buildQuery(`during${count}.example`);
      assertAnswered(query, await scenario.udp().ask(query));
    }
  },
);

function openDescriptors(pid: number): number {
  return Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).length;
}
