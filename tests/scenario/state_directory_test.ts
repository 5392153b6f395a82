/** Where the program keeps what it wants to know at the next start. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../helpers/program.ts";
import { startScenario } from "../helpers/scenario.ts";
import { buildQuery } from "../helpers/query.ts";

const UPSTREAM = ["--upstream", "tls://127.0.0.1:9#dns.example", "--listen", "127.0.0.1:0"];

Deno.test("dnsfwd ends with exit code 2 where it cannot use the directory that it was told to use", async () => {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-state-" });
  try {
    const exit = await runProgram([...UPSTREAM, "--state-dir", `${file}/state`]);
    assertEquals(exit.code, 2);
    assertEquals(
      exit.stderr,
      `dnsfwd: --state-dir "${file}/state": cannot be used: a part of the path is not a directory; ` +
        "expected a directory to write to, or none\n",
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("dnsfwd needs a value for --state-dir", async () => {
  const { code, stderr } = await runProgram([...UPSTREAM, "--state-dir="]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--state-dir: needs a value: DIR");
});

Deno.test("Forwarder serves where its usual state directory cannot be made", async () => {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-state-" });
  try {
    await using scenario = await startScenario({ env: { STATE_DIRECTORY: `${file}/state` } });
    assertEquals((await scenario.udp().ask(buildQuery("www.example"))).rcode, 0);
    assertEquals((await scenario.stop()).code, 0);
  } finally {
    await Deno.remove(file);
  }
});
