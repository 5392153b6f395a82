/** Forwarders that ask each other in a circle (Q12; RFC 5625 leaves it to common sense). */

import {
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertStringIncludes,
} from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertServerFailure } from "../helpers/expect.ts";
import { mountTest, withMounts } from "../helpers/mount_namespace.ts";
import { runProgram, startProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

/** Ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function startAt(port: number, upstreamPort: number) {
  const listen = ["--listen", `127.0.0.1:${port}`];
  return startProgram(["run", ...listen, "--upstream", `tcp://127.0.0.1:${upstreamPort}`], {
    listeners: 1,
  });
}

Deno.test("A question that two forwarders ask each other ends in one SERVFAIL, not in a storm (Q12)", async () => {
  const [onePort, twoPort] = freePorts(2);
  await using one = await startAt(onePort, twoPort);
  await using two = await startAt(twoPort, onePort);
  using client = new UdpClient(one.address);
  const query = buildQuery("loop.example", { edns: true });
  const start = performance.now();
  const reply = await client.ask(query);
  assertServerFailure(query, reply, [23]);
  assertGreaterOrEqual(performance.now() - start, 4000);
  const sent = [await one.summary(), await two.summary()].map((each) => each["sent upstream"]);
  assertLessOrEqual(sent[0] + sent[1], 10);
  assertEquals(client.replies.all.length, 1);
});

Deno.test("the program never asks itself, in whatever spelling its own address is given", async () => {
  const [port] = freePorts(1);
  const cases: [string, string[]][] = [
    ["127.0.0.1", ["[::ffff:127.0.0.1]", "0.0.0.0", "[::ffff:7f00:1]"]],
    ["[::1]", ["[0:0:0:0:0:0:0:1]", "[::]"]],
    ["[::ffff:127.0.0.1]", ["127.0.0.1"]],
    ["0.0.0.0", ["127.0.0.1", "[::FFFF:127.0.0.1]"]],
  ];
  for (const [listen, others] of cases) {
    for (const other of others) {
      const own = `${other}:${port}`;
      const named = ["--upstream", "tls://upstream.example", "--bootstrap", own];
      for (const asked of [["--upstream", `tcp://${own}`], named]) {
        for (const command of ["check", "run"]) {
          const args = [command, "--listen", `${listen}:${port}`, ...asked];
          const { code, stderr } = await runProgram(args);
          assertEquals(code, 2, `${args.join(" ")}\n${stderr}`);
          assertStringIncludes(stderr, "dnsfwd itself listens there");
        }
      }
    }
  }
});

for (const text of ["nameserver 0.0.0.0", "search example", "nameserver ::ffff:127.0.0.1"]) {
  mountTest(
    [],
    `an upstream given by name is refused where /etc/resolv.conf says "${text}", which is this program, and --bootstrap is named`,
    async () => {
      using temp = new TempDirectory();
      const file = `${temp.path}/resolv.conf`;
      Deno.writeTextFileSync(file, `${text}\n`);
      const prefix = withMounts(`mount --bind ${file} /etc/resolv.conf`);
      for (const command of ["check", "run"]) {
        const options = ["--listen", "127.0.0.1:53", "--upstream", "tls://upstream.example"];
        const { code, stderr } = await runProgram([command, ...options], { prefix });
        assertEquals(code, 2, stderr);
        assertStringIncludes(stderr, "asks the forwarder itself for names");
        assertStringIncludes(stderr, "add --bootstrap ADDR");
      }
    },
  );
}
