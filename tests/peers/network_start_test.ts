/**
 * The program starts before the network is there, with an upstream given by name; or a part of the network
 * leads nowhere. Forwarder, resolver and upstream are in network namespaces.
 */

import { assert, assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { FAR, type NetworkPair, networkTest, WIRE } from "../helpers/network_namespace.ts";
import { type Ask, asking, LOOPBACK, startNear, untilAnswer } from "../helpers/near_forwarder.ts";
import { type Program, runProgram } from "../helpers/program.ts";
import { PEER_NAME, type RealPeer } from "../helpers/real_peer.ts";
import { startUnbound } from "../helpers/real_servers.ts";

/** Milliseconds until the network is used that has returned, by clients that keep asking. */
const RETURN = 10_000;
/** RFC 8914, 4.15. */
const NOT_READY = 14;
const NEAR_IPV6 = "2001:db8:1::1";
const FAR_IPV6 = "2001:db8:1::2";

/** A resolver in the far namespace that knows the upstream's addresses. */
function startNames(pair: NetworkPair, ...addresses: string[]): Promise<RealPeer> {
  const records = addresses.map((address) =>
    `local-data: "${PEER_NAME}. 300 ${address.includes(":") ? "AAAA" : "A"} ${address}"`
  );
  const zone = [`local-zone: "${PEER_NAME}." static`, ...records].join("\n  ");
  const server = `module-config: "iterator"\n  ${zone}`;
  return startUnbound({ place: pair.far.at(FAR), plain: true, server });
}

/** The program in the near namespace; it knows its upstream by name, and a resolver to ask for it. */
function startNamed(pair: NetworkPair, upstream: RealPeer, names: RealPeer): Promise<Program> {
  const args = ["--bootstrap", `${FAR}:${names.port}`];
  return startNear(pair, upstream, PEER_NAME, [`${LOOPBACK}:0`], ...args);
}

/** Milliseconds until a question is answered. */
function untilAnswered(ask: Ask): Promise<number> {
  return untilAnswer(ask, ({ status }) => status === "NOERROR", 3 * RETURN);
}

const OUTAGES = [
  {
    what: "there is no network",
    change: ({ near }: NetworkPair, state: string) => near.ip(`link set ${WIRE} ${state}`),
  },
  {
    what: "nobody answers in the network",
    change: ({ far }: NetworkPair, state: string) => far.ip(`link set ${WIRE} ${state}`),
  },
];

for (const { what, change } of OUTAGES) {
  networkTest(
    ["unbound"],
    `the program starts while ${what}, listens at once, tells clients that it is not ready, and answers within 2 s of the network's return (RFC 8914, 4.15)`,
    async (pair) => {
      await using upstream = await startUnbound({ place: pair.far.at(FAR) });
      await using names = await startNames(pair, FAR);
      await change(pair, "down");
      await using program = await startNamed(pair, upstream, names);
      const ask = asking(pair.near.at(LOOPBACK), program);
      for (const { status, extendedErrors } of await Promise.all([ask(), ask(), ask()])) {
        assertEquals(status, "SERVFAIL");
        assert(extendedErrors.includes(NOT_READY), "extended error 14");
      }
      const later = await ask();
      assert(later.extendedErrors.includes(NOT_READY), "extended error 14");
      await change(pair, "up");
      assertLessOrEqual(await untilAnswered(ask), RETURN);
    },
  );
}

networkTest(
  [],
  "the program does not start where the system asks it for names, and the name of its upstream is one (DOT-16)",
  async ({ near }) => {
    const file = await Deno.makeTempFile({ prefix: "dnsfwd-resolv-" });
    try {
      await Deno.writeTextFile(file, `nameserver ${LOOPBACK}\n`);
      // Each command in a namespace has mounts of its own.
      const mount = `mount --bind ${file} /etc/resolv.conf && exec "$@"`;
      const prefix = [...near.prefix, "sh", "-c", mount, "sh"];
      const args = ["--listen", LOOPBACK, "--upstream", `tls://${PEER_NAME}`];
      const { code, stderr } = await runProgram(args, { prefix });
      assertEquals(code, 2);
      assertMatch(
        stderr,
        /^dnsfwd: --upstream ".*this machine asks the forwarder itself for names/,
      );
    } finally {
      await Deno.remove(file);
    }
  },
);

networkTest(
  ["unbound"],
  "the first answer comes soon where IPv6 leads nowhere and IPv4 works (RFC 8305, 5)",
  async (pair) => {
    await using upstream = await startUnbound({ place: pair.far.at(FAR) });
    await using names = await startNames(pair, FAR_IPV6, FAR);
    await pair.near.ip(`address add ${NEAR_IPV6}/64 dev ${WIRE} nodad`);
    // What is sent there goes to nobody.
    const nobody = `lladdr 02:00:00:00:00:99 dev ${WIRE} nud permanent`;
    await pair.near.ip(`neighbor add ${FAR_IPV6} ${nobody}`);
    await using program = await startNamed(pair, upstream, names);
    const ask = asking(pair.near.at(LOOPBACK), program);
    const { duration, status } = await ask();
    assertEquals(status, "NOERROR");
    assertLessOrEqual(duration, 4000);
  },
);
