/**
 * No query is lost, however often the configuration changes (E7). The task runs as a process of its own, so that
 * nothing but the forwarder keeps the forwarder waiting.
 */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { peerTest } from "../helpers/real_peer.ts";

const TASK = new URL("../../scripts/reload.ts", import.meta.url).pathname;
const RATE = 2000;
const SECONDS = 5;
/** Of some 50: this machine may be busy. */
const RELOADS = 30;
const WAYS = ["other configurations", "SIGHUP, other files"];

peerTest(
  ["dnsperf"],
  `Forwarder answers each of ${RATE} queries a second while it gets another configuration every 100 ms`,
  async () => {
    const args = ["--minutes", `${SECONDS / 60}`, "--rate", `${RATE}`];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", TASK, ...args],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 0, text + new TextDecoder().decode(stderr));
    for (const name of WAYS) {
      const line = text.split("\n").find((each) => each.startsWith(`${name}: `)) ?? "";
      const number = (pattern: RegExp) => Number(pattern.exec(line)?.[1]);
      assertGreaterOrEqual(number(/ (\d+) reloads/), RELOADS, line);
      assertGreaterOrEqual(number(/sent (\d+)/), SECONDS * RATE * 0.9, line);
      assertEquals(number(/answered (\d+)/), number(/sent (\d+)/), line);
    }
  },
);
