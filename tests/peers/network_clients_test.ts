/** Clients that ask from elsewhere, and addresses that they ask: both in network namespaces of their own. */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertNotMatch,
} from "@std/assert";
import { digFrom, kdigFrom } from "../helpers/digging.ts";
import { asking, LOOPBACK, startNear } from "../helpers/near_forwarder.ts";
import { FAR, NEAR, networkTest, WIRE } from "../helpers/network_namespace.ts";
import { startProgram } from "../helpers/program.ts";
import { startUnbound } from "../helpers/real_servers.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Clients of a network that the forwarder reaches by a route, but is not connected to. */
const STRANGER = "198.51.100.7";
const STRANGERS = "198.51.100.0/24";
const ERRORS_PER_SECOND = 100;
/** Few, so that there are fewer than queries however slow the clients are. */
const RESPONSES_PER_SECOND = 2;
/** Queries of a flood. */
const FLOOD = 500;

networkTest(
  ["unbound", "dnsperf"],
  "clients beyond the connected networks are refused, a hundred a second, and nothing is asked for them (RFC 5358, 4; D26)",
  async (pair) => {
    await pair.far.ip(`address add ${STRANGER}/32 dev lo`);
    await pair.near.ip(`route add ${STRANGERS} via ${FAR}`);
    await using unbound = await startUnbound({ place: pair.near.at(LOOPBACK) });
    await using program = await startNear(pair, unbound, LOOPBACK, [`${NEAR}:0`]);
    const ask = asking(pair.far.at(NEAR), program);
    for (const transport of ["+notcp", "+tcp"]) {
      const refused = await ask("-b", STRANGER, transport);
      assertEquals([refused.status, refused.extendedErrors], ["REFUSED", [18]], transport);
    }
    const flood = await floodFrom(pair.far.prefix, STRANGER, program.address.port);
    assertGreaterOrEqual(flood.answered, ERRORS_PER_SECOND / 2);
    assertLessOrEqual(flood.answered, ERRORS_PER_SECOND * (1 + flood.seconds));
    assertEquals((await program.summary())["sent upstream"], 0);
    assertEquals((await ask("-b", FAR)).status, "NOERROR");
  },
);

networkTest(
  ["unbound", "dnsperf", "kdig"],
  "a network that asks too much over UDP gets its share and the rest truncated, and comes over TCP (ACL-03)",
  async (pair) => {
    await using unbound = await startUnbound({ place: pair.near.at(LOOPBACK) });
    const limit = ["--limit", `responses-per-second=${RESPONSES_PER_SECOND}`];
    await using program = await startNear(pair, unbound, LOOPBACK, [`${NEAR}:0`], ...limit);
    await floodFrom(pair.far.prefix, FAR, program.address.port);
    // Not what dnsperf counts: its socket has no room for all replies at once.
    const { received, answered, "sent upstream": asked } = await program.summary();
    assertEquals([received, answered], [FLOOD, FLOOD]);
    assertGreaterOrEqual(asked, RESPONSES_PER_SECOND);
    assertLessOrEqual(asked, FLOOD / 10);
    const ask = asking(pair.far.at(NEAR), program);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    assertEquals(answers.map((answer) => answer.answers.length), answers.map(() => 1));
    assert(answers.some(({ text }) => text.includes("(TCP)")), answers[0].text);
    const warnings = program.stderr.match(
      /Warning: .*203\.0\.113\.0\/24: .*responses-per-second=N/g,
    );
    assertEquals(warnings?.length, 1, program.stderr);
  },
);

networkTest(
  ["unbound", "dig"],
  "replies leave from the address that was asked, of all that a wildcard stands for (RFC 2181, 4.1; MSG-17, Q17)",
  async (pair) => {
    const addresses = [NEAR, "203.0.113.5", "203.0.113.6", "2001:db8::1", "2001:db8::2"];
    for (const address of addresses.slice(1)) {
      const length = address.includes(":") ? "64 nodad" : "24";
      await pair.near.ip(`address add ${address}/${length} dev ${WIRE}`);
    }
    await pair.far.ip(`address add 2001:db8::9/64 dev ${WIRE} nodad`);
    await using unbound = await startUnbound({ place: pair.near.at(LOOPBACK) });
    await using program = await startNear(pair, unbound, LOOPBACK, ["0.0.0.0:5300", "[::]:5300"]);
    await waitUntil(() => program.addresses.length >= addresses.length + 2, "all addresses");
    for (const address of addresses) {
      const answer = await digFrom(pair.far.at(address), 5300, "one.example");
      assertEquals(answer.status, "NOERROR", address);
      assertNotMatch(answer.text, /unexpected source/, address);
      assert(answer.text.includes(`SERVER: ${address}#5300`), address);
    }
  },
);

networkTest(
  ["kdig"],
  "a client of a VPN or a carrier's network is refused with the option in the log that serves it, over UDP and TCP",
  async ({ far, near }) => {
    const carrier = "100.64.9.9";
    await near.ip(`address add 100.100.0.1/24 dev ${WIRE}`);
    await far.ip(`address add 100.100.0.9/24 dev ${WIRE}`);
    await far.ip(`address add ${carrier}/32 dev lo`);
    await near.ip(`route add ${carrier}/32 via ${FAR}`);
    const options = ["--listen", `${NEAR}:5353`, "--upstream", "tcp://192.0.2.1:53"];
    const from = async (address: string, transport: string) => {
      const name = "_dns.resolver.arpa";
      return (await kdigFrom(far.at(NEAR), 5353, "-b", address, transport, name)).status;
    };
    for (const transport of ["+notcp", "+tcp"]) {
      await using program = await startProgram(["run", ...options], { prefix: near.prefix });
      for (let count = 0; count < 3; count++) {
        assertEquals(await from(carrier, transport), "REFUSED");
      }
      // That of an address which the machine has is local, whatever its number.
      assertEquals(await from("100.100.0.9", transport), "NOERROR");
      const cure = "--allow 100.64.0.0/10";
      await waitUntil(() => program.stderr.includes(cure), cure);
      assertEquals(program.stderr.match(/Warning: Refused a query from 100\.64\.9\.9/g)?.length, 1);
      await program.stop();
    }
    const allow = ["--allow", "100.64.0.0/10"];
    await using program = await startProgram(["run", ...options, ...allow], {
      prefix: near.prefix,
    });
    assertEquals(await from(carrier, "+notcp"), "NOERROR");
    assertEquals(program.stderr.includes("Refused"), false);
  },
);

/** Many queries at once from `address`; how many got a reply, and in what time. */
async function floodFrom(prefix: readonly string[], address: string, port: number) {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-questions-" });
  try {
    const lines = Array.from({ length: FLOOD }, (_, index) => `x${index}.many.example A\n`);
    await Deno.writeTextFile(file, lines.join(""));
    const options = ["-a", address, "-d", file, "-n", "1", "-q", `${FLOOD}`, "-t", "1"];
    const [command, ...rest] = [...prefix, "dnsperf", "-s", NEAR, "-p", `${port}`, ...options];
    const text = new TextDecoder().decode(
      (await new Deno.Command(command, { args: rest }).output()).stdout,
    );
    return {
      answered: Number(/Queries completed:\s+(\d+)/.exec(text)?.[1]),
      seconds: Number(/Run time \(s\):\s+([\d.]+)/.exec(text)?.[1]),
    };
  } finally {
    await Deno.remove(file);
  }
}
