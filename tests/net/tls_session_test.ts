import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { DetailedPeerCertificate } from "node:tls";
import { DialError } from "../../lib/net/dial_error.ts";
import { Dialer, type DialerOptions } from "../../lib/net/dialer.ts";
import { TlsSession } from "../../lib/net/tls_session.ts";
import { createAuthority } from "../helpers/certificate.ts";
import { frame } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { identityWithPins } from "../helpers/shown_certificates.ts";
import { trust } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { within } from "../helpers/waiting.ts";

const LIMIT = 20_000;

function certificate(fingerprint256: string): DetailedPeerCertificate {
  return { fingerprint256 } as DetailedPeerCertificate;
}

const SESSION = new Uint8Array(3) as Parameters<TlsSession["onSession"]>[0];
const REFUSED = { authorized: false, reason: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" };
const VERIFIED = { authorized: true, reason: "" };

function sessionWith(verdict: typeof VERIFIED): TlsSession {
  const session = new TlsSession();
  session.onPeer({ certificate: certificate("aa:bb"), ...verdict });
  session.onSession(SESSION);
  return session;
}

Deno.test("TlsSession offers nothing before a server was let in, and nothing once forgotten", () => {
  const session = new TlsSession();
  session.onSession(SESSION);
  assertEquals([session.offer, session.forget()], [undefined, false]);
  const other = sessionWith(VERIFIED);
  assertEquals([other.offer, other.forget(), other.offer], [SESSION, true, undefined]);
});

Deno.test("TlsSession.resumed() tells what the certificate was found to be, not what the runtime says", () => {
  const { authorized, reason } = sessionWith(REFUSED).resumed(certificate("aa:bb"), true);
  assertEquals({ authorized, reason }, REFUSED);
  assertEquals(sessionWith(VERIFIED).resumed(certificate("aa:bb"), true).authorized, true);
});

Deno.test("TlsSession.resumed() does not authorize what has expired since", () => {
  const session = sessionWith(VERIFIED);
  assertEquals(session.resumed(certificate("aa:bb"), false).authorized, false);
});

Deno.test("TlsSession.resumed() throws for another certificate, or none, or one never seen", () => {
  const session = sessionWith(VERIFIED);
  for (const shown of [certificate("cc:dd"), {} as DetailedPeerCertificate, null]) {
    assert(assertThrows(() => session.resumed(shown, true), DialError).isLasting);
  }
  assertThrows(() => new TlsSession().resumed(certificate("aa:bb"), true), DialError);
});

/** Connects a number of times, each with a query; whether each went on with an earlier session. */
async function connect(dialer: Dialer, resumed: boolean[], times: number): Promise<boolean[]> {
  for (let round = 0; round < times; round++) {
    const stream = await dialer.dial();
    await stream.write(frame(buildQuery("one.example")));
    assert(await within(stream.read(new Uint8Array(512)), LIMIT, "response"));
    stream.close();
  }
  return resumed.splice(0);
}

/** A dialer that knows its server by a pin alone, and is told of each connection. */
async function pinned(port: number, pems: string[], options: Partial<DialerOptions> = {}) {
  const resumed: boolean[] = [];
  const identity = await identityWithPins(...pems);
  const dialer = new Dialer(
    { transport: "tls", hostname: "127.0.0.1", port, serverName: "127.0.0.1", identity },
    {
      timeout: LIMIT,
      caCerts: [],
      onPeer: ({ isResumed }) => resumed.push(isResumed),
      ...options,
    },
  );
  return { dialer, resumed };
}

Deno.test("Dialer with pins goes on with the TLS session of its last connection (RFC 8446, 2.2; DOT-10)", async () => {
  const { identity } = await trust();
  await using upstream = new ScriptedUpstream({ identity });
  const { dialer, resumed } = await pinned(upstream.port, [identity.cert]);
  assertEquals(await connect(dialer, resumed, 3), [false, true, true]);
  dialer.forgetSession();
  assertEquals(await connect(dialer, resumed, 2), [false, true], "forgotten once");
  assertEquals(upstream.queries.length, 5);
});

Deno.test("Dialer with pins begins each connection anew where they are not to be linked", async () => {
  const { identity } = await trust();
  await using upstream = new ScriptedUpstream({ identity });
  const { dialer, resumed } = await pinned(upstream.port, [identity.cert], { isUnlinked: true });
  assertEquals(await connect(dialer, resumed, 3), [false, false, false]);
});

Deno.test("Dialer with pins looks at the certificate that a server has now, whatever session there was", async () => {
  const authority = await createAuthority();
  const [first, second, third] = await Promise.all(
    ["127.0.0.1", "127.0.0.1", "127.0.0.1"].map((each) => authority.issue({ addresses: [each] })),
  );
  await using upstream = new ScriptedUpstream({ identity: first });
  const { dialer, resumed } = await pinned(upstream.port, [first.cert, second.cert]);
  assertEquals(await connect(dialer, resumed, 2), [false, true]);
  await upstream.refuse();
  upstream.listen(second);
  assertEquals(await connect(dialer, resumed, 2), [false, true]);
  await upstream.refuse();
  upstream.listen(third);
  assert((await assertRejects(() => dialer.dial(), DialError)).isLasting);
  assertEquals(upstream.queries.length, 4);
});
