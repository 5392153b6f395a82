/** The ways to receive and send datagrams: what each does, and what the log says. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createAuthority } from "../helpers/certificate.ts";
import { assertAnswered, assertRepliesTo } from "../helpers/expect.ts";
import { FLAG } from "../helpers/message.ts";
import { runProgram } from "../helpers/program.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";

/** `--udp-io` and what the log says of it. */
const WAYS: readonly [string, RegExp][] = [
  ["auto", /UDP in batches \(recvmmsg, sendmmsg\), receive buffer \d+ KiB/],
  ["batch", /UDP in batches \(recvmmsg, sendmmsg\), receive buffer \d+ KiB/],
  ["plain", /UDP one datagram at a time: as asked/],
];

for (const [way, line] of WAYS) {
  Deno.test(`Forwarder with --udp-io ${way} serves several addresses of both families, and says how once`, async () => {
    await using scenario = await startScenario({
      args: ["--udp-io", way],
      listen: ["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"],
    });
    for (const address of scenario.program.addresses) {
      const client = scenario.udp(address);
      for (const name of ["one.example", "two.example"]) {
        const query = buildQuery(`${way}-${name}`);
        assertAnswered(query, await client.ask(query));
      }
    }
    const lines = scenario.program.stderr.split("\n").filter((text) => line.test(text));
    assertEquals(lines.length, 1);
  });

  Deno.test(`Forwarder with --udp-io ${way} answers 150 queries at once, each with its own reply`, async () => {
    await using scenario = await startScenario({ args: ["--udp-io", way] });
    const asked = Array.from({ length: 150 }, (_, number) => ({
      client: scenario.udp(),
      query: buildQuery(`${way}-${number}.example`),
    }));
    await Promise.all(asked.map(({ client, query }) => client.send(query)));
    for (const { client, query } of asked) assertAnswered(query, await client.next());
  });

  Deno.test(`Forwarder with --udp-io ${way} truncates, answers errors and stays silent as it should`, async () => {
    await using scenario = await startScenario({
      args: ["--udp-io", way],
      script: (query) => query.answer({ answers: textRecords(query.name, 1650) }),
    });
    const client = scenario.udp();
    const query = buildQuery("large.example");
    const reply = await client.ask(query);
    assertRepliesTo(query, reply);
    assert((reply.flags & FLAG.TC) !== 0, "truncated");
    await client.send(buildQuery("response.example", { flags: FLAG.QR }));
    const malformed = buildQuery("x.example");
    malformed[12] = 0x80;
    await client.send(malformed);
    assertEquals((await client.next()).rcode, 1, "FORMERR, and nothing for the response");
  });
}

Deno.test("Forwarder takes datagrams one by one where it may not use the C library, and says why", async () => {
  await using scenario = await startScenario({ without: "--allow-ffi" });
  const query = buildQuery("plain.example");
  assertAnswered(query, await scenario.udp().ask(query));
  assertStringIncludes(
    scenario.program.stderr,
    "UDP one datagram at a time: the C library is not permitted",
  );
});

Deno.test("dnsfwd --udp-io batch ends with 2 where it may not use the C library, and says what to do", async () => {
  const { pem } = await createAuthority();
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, pem);
  const args = ["--listen", "127.0.0.1:0", "--upstream", "tls://127.0.0.1", "--ca", file];
  const exit = await runProgram([...args, "--udp-io", "batch"], { without: "--allow-ffi" });
  await Deno.remove(file);
  assertEquals(exit.code, 2);
  assertEquals(
    exit.stderr,
    'dnsfwd: --udp-io "batch": not possible here: the C library is not permitted; use auto or plain\n',
  );
});
