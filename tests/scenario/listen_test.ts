/** Addresses that cannot be listened on: one line that says which, why and what to do, exit code 1. */

import { assertEquals, assertMatch } from "@std/assert";
import { Program, runProgram } from "../helpers/program.ts";
import { waitUntil } from "../helpers/waiting.ts";

const UPSTREAM = ["--upstream", "tls://127.0.0.1:9"];

async function assertRefused(listen: readonly string[], line: RegExp): Promise<void> {
  const args = listen.flatMap((address) => ["--listen", address]);
  const { code, stderr } = await runProgram([...args, ...UPSTREAM]);
  const lines = stderr.trimEnd().split("\n");
  assertEquals(code, 1, stderr);
  assertMatch(lines[lines.length - 1], line);
}

Deno.test("Forwarder says that an address is in use, for UDP or for TCP", async () => {
  using tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = tcp.addr;
  await assertRefused(
    [`127.0.0.1:${port}`],
    new RegExp(
      `^dnsfwd: Cannot listen on 127\\.0\\.0\\.1:${port} \\(TCP\\): .* is in use; end the`,
    ),
  );
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.2", port: 0 });
  const taken = (udp.addr as Deno.NetAddr).port;
  await assertRefused(
    ["127.0.0.1:0", `127.0.0.2:${taken}`],
    new RegExp(
      `^dnsfwd: Cannot listen on 127\\.0\\.0\\.2:${taken} \\(UDP\\): .* is in use; end the`,
    ),
  );
  udp.close();
});

Deno.test("the program waits for addresses that this machine does not have, and says so once of each", async () => {
  const addresses = ["192.0.2.77:5353", "[2001:db8::77]:5353", "[fe80::77%none]:5353"];
  const args = addresses.flatMap((address) => ["--listen", address]);
  await using program = new Program(["run", ...args, ...UPSTREAM], {});
  await waitUntil(() => program.stderr.includes("Forwarding to") || program.ended, "start", 10_000);
  const { code, stderr } = await program.stop();
  assertEquals(code, 0, stderr);
  for (const address of addresses) {
    const line =
      `Not listening on ${address} yet: this machine does not have that address; it is ` +
      "opened as soon as it comes";
    assertEquals(stderr.split(line).length, 2, stderr);
  }
});

Deno.test("an address in use is an error though another one is awaited", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assertRefused(
    ["192.0.2.77:5353", `127.0.0.1:${taken.addr.port}`],
    new RegExp(
      `^dnsfwd: Cannot listen on 127\\.0\\.0\\.1:${taken.addr.port} \\(TCP\\): .* is in use`,
    ),
  );
});
