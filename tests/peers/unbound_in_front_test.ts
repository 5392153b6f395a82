/** unbound in front of the program: a caching, validating resolver that forwards everything to it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { kdig } from "../helpers/digging.ts";
import { peerTest, type RealPeer } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound, ZONE_QUESTIONS } from "../helpers/real_servers.ts";
import {
  createSignedZone,
  SIGNED_ZONE,
  type SignedZone,
  SIGNING_PROGRAMS,
} from "../helpers/signed_zone.ts";

const FORWARDING = {
  UDP: "",
  TCP: "forward-tcp-upstream: yes",
};

for (const [transport, option] of Object.entries(FORWARDING)) {
  peerTest(["unbound"], `unbound forwards to the program over ${transport}`, async () => {
    await using upstream = await startUnbound();
    await using program = await startForwarder(upstream.port);
    await using front = await startUnboundInFront(program.address.port, { option });
    for (const [name, type] of [...ZONE_QUESTIONS, ["large.example", "TXT"]]) {
      const direct = await kdig(upstream.port, "+tls", name, type);
      const answer = await kdig(front.port, "+tcp", name, type);
      assertEquals(answer.status, direct.status, `${name} ${type}`);
      assertEquals(answer.answers, direct.answers, `${name} ${type}`);
    }
  });

  peerTest(
    ["unbound", ...SIGNING_PROGRAMS],
    `unbound validates through the program over ${transport}`,
    async () => {
      const signed = await createSignedZone();
      await using upstream = await startSignedUpstream(signed);
      await using program = await startForwarder(upstream.port);
      await using front = await startUnboundInFront(program.address.port, { option, signed });
      for (const name of ["www", "x1.many", "no-such-name"]) {
        const answer = await kdig(front.port, "+dnssec", `${name}.${SIGNED_ZONE}`);
        assertEquals(answer.status, name === "no-such-name" ? "NXDOMAIN" : "NOERROR", name);
        assert(answer.flags.includes("ad"), `${name} is validated`);
      }
    },
  );
}

peerTest(
  ["unbound", "delv", ...SIGNING_PROGRAMS],
  "delv validates through the program",
  async () => {
    const signed = await createSignedZone();
    await using upstream = await startSignedUpstream(signed);
    await using program = await startForwarder(upstream.port);
    assertMatch(await delv(program.address.port, signed), /^; fully validated\n/m);
  },
);

interface FrontOptions {
  readonly option: string;
  readonly signed?: SignedZone;
}

function startUnboundInFront(port: number, { option, signed }: FrontOptions): Promise<RealPeer> {
  const validating = `module-config: "validator iterator"\n  trust-anchor-file: "anchor"`;
  return startUnbound({
    plain: true,
    empty: true,
    server: `do-not-query-localhost: no
  ${signed ? validating : 'module-config: "iterator"'}`,
    clauses: `forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${port}
  ${option}`,
    files: { anchor: signed?.key ?? "" },
  });
}

function startSignedUpstream({ zone }: SignedZone): Promise<RealPeer> {
  return startUnbound({
    empty: true,
    clauses: `auth-zone:
  name: "${SIGNED_ZONE}"
  zonefile: "zone"
  fallback-enabled: no`,
    files: { zone },
  });
}

async function delv(port: number, { key }: SignedZone): Promise<string> {
  const anchors = await Deno.makeTempFile({ prefix: "dnsfwd-anchors-" });
  try {
    await Deno.writeTextFile(anchors, trustAnchors(key));
    const root = `+root=${SIGNED_ZONE}`;
    const args = ["@127.0.0.1", "-p", `${port}`, "-a", anchors, root, `www.${SIGNED_ZONE}`];
    const { stdout } = await new Deno.Command("delv", { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(anchors);
  }
}

/** A DNSKEY record in the form of BIND's configuration. */
function trustAnchors(key: string): string {
  const [, flags, protocol, algorithm, data] = /DNSKEY (\d+) (\d+) (\d+) (.*)/.exec(key) ?? [];
  const octets = data.replaceAll(" ", "");
  return `trust-anchors { "${SIGNED_ZONE}." static-key ${flags} ${protocol} ${algorithm} "${octets}"; };`;
}
