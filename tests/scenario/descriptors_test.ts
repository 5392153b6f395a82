/** Descriptors run out: by clients that connect and stay, on a machine that allows few. */

import { assert, assertLess, assertStringIncludes } from "@std/assert";
import { TcpClient } from "../helpers/client.ts";
import { assertRcode } from "../helpers/expect.ts";
import { RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Some more than the program has open when nobody is connected. */
const DESCRIPTORS = 48;
/** Milliseconds: longer than until the next attempt to connect. */
const PATIENCE = 5000;
/** Milliseconds: longer than from one look at the machine's addresses to the next. */
const LOOK = 6000;
const LINUX = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "Forwarder without a descriptor left goes on, says so, and answers when there are some again",
  LINUX,
  async () => {
    const args = ["--limit", "tcp-connections-per-client=100"];
    await using scenario = await startScenario({ args });
    const { program } = scenario;
    // Later than its start, when it leaves room for itself.
    const limit = ["--pid", `${program.pid}`, `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`];
    await new Deno.Command("prlimit", { args: limit }).output();
    {
      await using stack = new AsyncDisposableStack();
      for (let count = 0; count < DESCRIPTORS; count++) {
        stack.use(await TcpClient.connect(program.address));
      }
      await waitUntil(() => program.stderr.includes("Too many open files"), "the line");
      // Each look at the addresses of the machine, every five seconds, takes a descriptor as well.
      const start = performance.now();
      await waitUntil(() => performance.now() - start > LOOK, "the time", 2 * LOOK);
      // The connection from the start ends, and the upstream cannot be connected to again.
      for (const connection of scenario.upstream.connections) await connection.close();
      const during = buildQuery("during.example");
      assertRcode(during, await scenario.udp().ask(during), RCODE.SERVFAIL);
    }
    const client = await scenario.tcp();
    const end = performance.now() + PATIENCE;
    for (let count = 0; await rcodeOf(client, count) !== RCODE.NOERROR; count++) {
      assert(performance.now() < end);
    }
    assertStringIncludes(program.stderr, "Error: Cannot accept on 127.0.0.1:");
    // It is said again only after a connection was accepted.
    assertLess(program.stderr.split("Cannot accept on").length, 10);
  },
);

async function rcodeOf(client: TcpClient, count: number): Promise<number> {
  return (await client.ask(buildQuery(`after${count}.example`))).rcode;
}
