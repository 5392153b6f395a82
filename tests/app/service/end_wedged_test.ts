/** The end of a program that no longer works, in a process of its own. */

import { assertEquals, assertMatch } from "@std/assert";

const ROOT = new URL("../../../", import.meta.url);

const PROGRAM = `
  import { configureLog, logger } from "${ROOT}lib/base/log.ts";
  import { endWedged } from "${ROOT}lib/app/service/end_wedged.ts";
  const encoder = new TextEncoder();
  const write = (line) => Deno.stdout.writeSync(encoder.encode(line + "\\n"));
  configureLog({ level: 4, format: "kernel", write });
  logger().debug("what came before");
  const forwarder = { stop: () => Promise.reject(new Error("stuck")), summary: () => ({}) };
  await endWedged("nobody answers", forwarder, 1000, logger());
`;

Deno.test("endWedged() logs the reason and the events before, and ends with exit code 1 whatever happens", async () => {
  const command = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-lock", PROGRAM] });
  const { code, stdout, stderr } = await command.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [1, ""]);
  const lines = new TextDecoder().decode(stdout).split("\n").slice(0, -1);
  const error = "Not working: nobody answers, twice in a row; ending, to be started again";
  assertEquals(lines[0], `<3>dnsfwd: ${error}`);
  assertEquals(lines[1], "<6>dnsfwd: Flight recorder (not working), all 2 events:");
  assertMatch(lines[2], /^<6>dnsfwd: Event \S+ \S+Z service debug: what came before$/);
  assertMatch(lines[3], /^<6>dnsfwd: Event \S+ \S+Z service error: Not working: /);
  assertEquals(lines[4], "<6>dnsfwd: End of the flight recorder");
  assertMatch(lines[5], /^<3>dnsfwd: Unexpected: Error: stuck at /);
  assertEquals(lines.length, 6);
});
