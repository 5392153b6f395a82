/** Who is let in (RFC 8310, 5 and 6.6; RFC 7858, 4.2). */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { DetailedPeerCertificate } from "node:tls";
import { DialError } from "../../lib/net/dial_error.ts";
import type { Identity } from "../../lib/net/identity.ts";
import { checkPeer, type Handshake } from "../../lib/net/peer_check.ts";
import { createAuthority, daysFromNow, pinOfPem } from "../helpers/certificate.ts";
import { withoutSignatures } from "../helpers/older_runtime.ts";
import { identityWithPins, shownCertificates } from "../helpers/shown_certificates.ts";

const NAME = "dns.example";
const ADDRESS = "192.0.2.1";
const names = { dnsNames: [NAME] };

function handshake(certificate: DetailedPeerCertificate | null, reason = ""): Handshake {
  return { certificate, authorized: reason === "", reason };
}

function reject(run: () => unknown): DialError {
  const error = assertThrows(run, DialError);
  assertEquals(error.isLasting, true);
  return error;
}

const BAD_CHAIN = "SELF_SIGNED_CERT_IN_CHAIN";

Deno.test("checkPeer() with an address and pins asks nothing but a pin on the path (RFC 7858, 4.2; DOT-15)", async () => {
  const [authority, other] = await Promise.all([createAuthority(), createAuthority()]);
  const leaf = await authority.issue(names);
  const server = handshake(shownCertificates(leaf.cert, authority.pem), BAD_CHAIN);
  const cases: [Identity, number][] = [
    [await identityWithPins(leaf.cert), 0],
    [await identityWithPins(other.pem, leaf.cert), 1],
    [await identityWithPins(authority.pem), 0],
    [await identityWithPins(leaf.cert, authority.pem), 0],
  ];
  for (const [identity, pin] of cases) {
    assertEquals(checkPeer(server, ADDRESS, identity, []).pin, pin);
  }
  const wrong = await identityWithPins(other.pem);
  const error = reject(() => checkPeer(server, ADDRESS, wrong, []));
  assertEquals(error.message, "certificate matches no pin");
  const [own, above] = [await pinOfPem(leaf.cert), await pinOfPem(authority.pem)];
  assertEquals(error.detail, `; it has pin=${own}, signed by pin=${above}`);
});

Deno.test("checkPeer() does not take a pinned certificate that the server has only copied", async () => {
  const [authority, attacker] = await Promise.all([createAuthority(), createAuthority()]);
  const [leaf, forged] = await Promise.all([authority.issue(names), attacker.issue(names)]);
  for (const pinned of [leaf.cert, authority.pem]) {
    const identity = await identityWithPins(pinned);
    for (const name of [ADDRESS, NAME]) {
      const server = handshake(
        shownCertificates(forged.cert, attacker.pem, leaf.cert, authority.pem),
      );
      assertMatch(reject(() => checkPeer(server, name, identity, [])).message, /no pin/);
    }
  }
});

Deno.test("checkPeer() finds a pinned authority that the server does not show among those it was told", async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue(names);
  const identity = await identityWithPins(authority.pem);
  const server = handshake(shownCertificates(leaf.cert));
  assertMatch(reject(() => checkPeer(server, ADDRESS, identity, [])).message, /no pin/);
  assertEquals(
    checkPeer(server, ADDRESS, identity, [authority.pem]).pin,
    0,
    "known from elsewhere",
  );
});

Deno.test("checkPeer() takes a pinned key in an expired certificate, not one signed by a pinned key", async () => {
  const authority = await createAuthority();
  const expired = { ...names, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) };
  const leaf = await authority.issue(expired);
  const server = handshake(
    shownCertificates(leaf.cert, authority.pem),
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  );
  assertEquals(
    checkPeer(server, ADDRESS, await identityWithPins(authority.pem, leaf.cert), []).pin,
    1,
  );
  const identity = await identityWithPins(authority.pem);
  assertMatch(reject(() => checkPeer(server, ADDRESS, identity, [])).message, /expired/);
});

Deno.test("checkPeer() with a name and pins wants both (RFC 8310, 6.6; DOT-15)", async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue(names);
  const identity = await identityWithPins(leaf.cert);
  const certificate = shownCertificates(leaf.cert, authority.pem);
  assertEquals(checkPeer(handshake(certificate), NAME, identity, []).pin, 0);
  reject(() => checkPeer(handshake(certificate, BAD_CHAIN), NAME, identity, []));
  reject(() => checkPeer(handshake(certificate), "other.example", identity, []));
  reject(() => checkPeer(handshake(certificate), NAME, { ...identity, pins: ["x"] }, []));
});

Deno.test("checkPeer() finds the reason for which a chain was not verified (DOT-13)", async () => {
  const authority = await createAuthority();
  const identity = { pins: [], isAuthenticated: true, caFiles: [] };
  const unable = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  const cases = [
    [
      { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) },
      unable,
      /^certificate expired on 20/,
    ],
    [{ notBefore: daysFromNow(1) }, unable, /^certificate not valid yet/],
    [{}, BAD_CHAIN, /^certificate of an unknown authority; .*--ca/],
    [{}, unable, /^certificate of an unknown authority/],
    [
      { dnsNames: ["a.example", "b.example"], addresses: ["192.0.2.9"] },
      "ERR_TLS_CERT_ALTNAME_INVALID",
      /^certificate is for another name; it is for a\.example, b\.example, 192\.0\.2\.9$/,
    ],
    [{ commonName: NAME, dnsNames: [] }, "", /^certificate is for another name; .*no name at all$/],
  ] as const;
  for (const [input, reason, text] of cases) {
    const leaf = await authority.issue({ ...names, ...input });
    const error = reject(() =>
      checkPeer(handshake(shownCertificates(leaf.cert), reason), NAME, identity, [])
    );
    assertMatch(error.message + error.detail, text);
  }
  const error = reject(() => checkPeer(handshake(null), NAME, identity, []));
  assertEquals(error.message, "the server shows no certificate");
});

Deno.test("checkPeer() lets anybody in where that is asked for, and says until when its certificate lasts", async () => {
  const leaf = await (await createAuthority()).issue({ notAfter: daysFromNow(3) });
  const identity = { pins: [], isAuthenticated: false, caFiles: [] };
  const peer = checkPeer(handshake(shownCertificates(leaf.cert), BAD_CHAIN), NAME, identity, []);
  assertEquals([peer.pin, Math.round((peer.expires - Date.now()) / 86_400_000)], [-1, 3]);
});

Deno.test("checkPeer() does not believe a runtime that cannot check signatures and calls all authorized", async () => {
  const leaf = await (await createAuthority()).issue(names);
  const server = handshake(shownCertificates(leaf.cert));
  const identity = { pins: [], isAuthenticated: true, caFiles: [] };
  using _ = withoutSignatures();
  assertThrows(() => checkPeer(server, NAME, identity, []), Error, "Not implemented");
});
