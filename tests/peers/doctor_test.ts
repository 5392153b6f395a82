/** The command `doctor` against real servers. */

import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { runTrusting } from "../helpers/commands.ts";
import { openSslPin } from "../helpers/pin.ts";
import { freePort, PEER_NAME, peerTest, peerTrust } from "../helpers/real_peer.ts";
import { startDnsdist, startUnbound } from "../helpers/real_servers.ts";

const IDLE = ["--idle", "4"];
const NOT_IDLE = ["--idle", "0"];

async function doctor(uri: string, ...args: string[]) {
  const { authority } = await peerTrust();
  return await runTrusting(authority, "doctor", uri, "--name", "many.example", ...args);
}

/** Seconds after which the doctor found an idle connection closed. */
function idleSeconds(report: string, before: string): number {
  return Number(new RegExp(`${before}closed by the server after ([\\d.]+) s`).exec(report)?.[1]);
}

peerTest(
  ["unbound", "openssl"],
  "doctor finds what unbound is and can do, exit code 0",
  async () => {
    const { authority, identity } = await peerTrust();
    await using unbound = await startUnbound({
      server: `module-config: "iterator"
  pad-responses: yes
  edns-tcp-keepalive: yes
  edns-tcp-keepalive-timeout: 3000
  tcp-idle-timeout: 2000`,
      files: { "certificate.pem": `${identity.cert}\n${authority.pem}` },
    });
    const uri = `tls://127.0.0.1:${unbound.port}#${PEER_NAME}`;
    const { code, stdout, stderr } = await doctor(uri, ...IDLE);
    assertEquals([code, stderr], [0, ""], stdout);
    const expected = [
      `Upstream ${uri}\n`,
      `127.0.0.1:${unbound.port}, connected in `,
      "TLSv1.3, TLS_AES_256_GCM_SHA384, handshake in ",
      `CN=${PEER_NAME}, for ${PEER_NAME}, 127.0.0.1\n`,
      `pin=sha256:${await openSslPin(identity.cert)}\n`,
      "Issuer         CN=Authority of the peers ",
      `pin=sha256:${await openSslPin(authority.pem)}\n`,
      "Resumption     the server goes on with the TLS session of an earlier connection\n",
      `Verification   valid for ${PEER_NAME}\n`,
      "Answer         NOERROR to a random name in ",
      "(query 128 octets, response 468)\n",
      "idle connections may stay 3.0 s (edns-tcp-keepalive)\n",
      "64 of 64 queries at once answered in ",
      `Usable as upstream:\n  dnsfwd --upstream ${uri} --ca `,
    ];
    for (const part of expected) assertStringIncludes(stdout, part);
    const idle = idleSeconds(stdout, "where keepalive was asked for: ");
    assert(Math.abs(idle - 3) < 1, `closed after ${idle} s`);
  },
);

peerTest(
  ["unbound", "openssl"],
  "doctor goes by the options of the upstream, and suggests them too",
  async () => {
    const { identity } = await peerTrust();
    await using unbound = await startUnbound();
    const pin = `pin=sha256:${await openSslPin(identity.cert)}`;
    const uri = `tls://127.0.0.1:${unbound.port}#${PEER_NAME}?${pin}`;
    const { code, stdout } = await doctor(uri, ...NOT_IDLE);
    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, `Usable as upstream:\n  dnsfwd --upstream '${uri}' --ca `);
  },
);

peerTest(["unbound", "dnsdist"], "doctor finds that dnsdist closes idle connections", async () => {
  await using unbound = await startUnbound({ plain: true });
  const options = {
    listener: "maxInFlight=100, sessionTickets=false, numberOfStoredSessions=0",
    lines: "setTCPRecvTimeout(2)",
  };
  await using dnsdist = await startDnsdist(unbound.port, options);
  const { code, stdout } = await doctor(`tls://127.0.0.1:${dnsdist.port}#${PEER_NAME}`, ...IDLE);
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, 'ALPN           the server chose "dot"\n');
  assertStringIncludes(stdout, "Resumption     none: ");
  assertStringIncludes(stdout, "Padding        none (query 128 octets, ");
  const idle = idleSeconds(stdout, "Idle +");
  assertGreater(idle, 1);
  assertLess(idle, 4);
});

peerTest(["unbound"], "doctor says for which names a certificate is, exit code 1", async () => {
  await using unbound = await startUnbound();
  const address = `tls://127.0.0.1:${unbound.port}`;
  const { code, stdout } = await doctor(`${address}#other.test`, ...NOT_IDLE);
  assertEquals(code, 1, stdout);
  const expected = [
    `CN=${PEER_NAME}, for ${PEER_NAME}, 127.0.0.1\n`,
    "Verification   failed: certificate is for another name\n",
    `it is valid for ${PEER_NAME}; if that is meant: --upstream ${address}#${PEER_NAME}\n`,
    "\nNot usable as upstream.\n",
  ];
  for (const part of expected) assertStringIncludes(stdout, part);
  assert(!stdout.includes("Answer"), "nothing is asked of a server that does not verify");
});

peerTest(["unbound"], "doctor tells an upstream that refuses to answer, exit code 1", async () => {
  await using unbound = await startUnbound({
    server: 'module-config: "iterator"\n  local-zone: "many.example." refuse',
    empty: true,
  });
  const { code, stdout } = await doctor(
    `tls://127.0.0.1:${unbound.port}#${PEER_NAME}`,
    ...NOT_IDLE,
  );
  assertEquals(code, 1, stdout);
  assertStringIncludes(stdout, "Answer         REFUSED to a random name in ");
});

peerTest(["unbound"], "doctor examines plain TCP, and says that it is not encrypted", async () => {
  await using unbound = await startUnbound({ plain: true });
  const { code, stdout } = await doctor(`tcp://127.0.0.1:${unbound.port}`, ...NOT_IDLE);
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "TLS            none: what is asked is not encrypted\n");
  assert(!stdout.includes("Certificate"));
});

Deno.test("doctor says why there is no connection, exit code 1", async () => {
  const address = `127.0.0.1:${freePort()}`;
  const { code, stdout } = await doctor(`tls://${address}#${PEER_NAME}`);
  assertEquals(code, 1);
  assertStringIncludes(stdout, `Address        ${address}: connection refused\n`);
});

Deno.test("doctor takes no domain without room for random names below it, exit code 2", async () => {
  const cases = ["a..b", Array(16).fill("a".repeat(14)).join(".")];
  for (const name of cases) {
    const { code, stderr } = await doctor("tcp://127.0.0.1:9", "--name", name);
    assertEquals(code, 2);
    assertEquals(
      stderr,
      `dnsfwd: --name "${name}": not a domain name, or too long for names below it\n`,
    );
  }
});
