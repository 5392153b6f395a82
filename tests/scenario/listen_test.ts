/** Addresses that cannot be listened on: one line that says which, why and what to do, exit code 1. */

import { assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "../helpers/program.ts";

const UPSTREAM = ["--upstream", "tls://192.0.2.53"];

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

Deno.test("Forwarder says that this machine does not have an address (E8)", async () => {
  for (const address of ["192.0.2.77:5353", "[2001:db8::77]:5353"]) {
    await assertRefused([address], /\(TCP\): this machine has no such address; choose one of its/);
  }
});
