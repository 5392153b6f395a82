/** `--metrics` on an address of a network, asked by curl from other machines: network namespaces. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { FAR, NEAR, networkTest } from "../helpers/network_namespace.ts";
import { startProgram } from "../helpers/program.ts";

/** A client of a network that the forwarder reaches by a route, but is not connected to. */
const STRANGER = "198.51.100.7";
const STRANGERS = "198.51.100.0/24";
const PORT = 10_853;

networkTest(
  ["curl"],
  "--metrics beyond loopback replies to the networks that are served, under any name, and to no others",
  async (pair) => {
    await pair.far.ip(`address add ${STRANGER}/32 dev lo`);
    await pair.near.ip(`route add ${STRANGERS} via ${FAR}`);
    const args = ["--listen", `${NEAR}:0`, "--upstream", "tcp://127.0.0.1:9", "--metrics", NEAR];
    await using program = await startProgram(["run", ...args], { prefix: pair.near.prefix });
    assertStringIncludes(program.stderr, `Metrics at http://${NEAR}:${PORT}/metrics\n`);
    const curl = async (from: string, ...more: string[]) => {
      const url = `http://${NEAR}:${PORT}/metrics`;
      const [command, ...rest] = [...pair.far.prefix, "curl", "-sS", "-i", "--interface", from];
      const { stdout } = await new Deno.Command(command, { args: [...rest, ...more, url] })
        .output();
      return new TextDecoder().decode(stdout);
    };
    assertStringIncludes(await curl(FAR), "\ndnsfwd_healthy 1\n");
    const named = await curl(FAR, "-H", "Host: dns1.example:10853", "--http1.0");
    assertStringIncludes(named, "\ndnsfwd_healthy 1\n");
    const refused = await curl(STRANGER);
    assertStringIncludes(refused, "HTTP/1.1 403 Forbidden\r\n");
    assertEquals(refused.split("\r\n\r\n")[1], "Forbidden: your network is not served (--allow)\n");
  },
);
