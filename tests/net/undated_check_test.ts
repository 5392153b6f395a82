/** Who is let in while the clock cannot be right: all but the dates holds (RFC 5280, 6.1; RFC 8310, 5). */

import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { type DetailedPeerCertificate, rootCertificates } from "node:tls";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { mayIssue } from "../../lib/net/certificate_rules.ts";
import { DialError } from "../../lib/net/dial_error.ts";
import type { Identity } from "../../lib/net/identity.ts";
import { checkPeerUndated } from "../../lib/net/undated_check.ts";
import {
  type Authority,
  type AuthorityInput,
  createAuthority,
  daysFromNow,
  type IdentityInput,
} from "../helpers/certificate.ts";
import { identityWithPins, shownCertificates } from "../helpers/shown_certificates.ts";

const NAME = "dns.example";
const ADDRESS = "192.0.2.1";
const names = { dnsNames: [NAME] };
const PLAIN: Identity = { pins: [], isAuthenticated: true, caFiles: [] };

/** Long ago, now and far ahead: none of it matters here. */
const PERIODS = [
  { notBefore: daysFromNow(-9000), notAfter: daysFromNow(-8000) },
  {},
  { notBefore: daysFromNow(8000), notAfter: daysFromNow(9000) },
];

/** A handshake in which these were sent. */
function shown(...pems: string[]): { certificate: DetailedPeerCertificate } {
  return { certificate: shownCertificates(...pems) };
}

function reject(run: () => unknown): string {
  const error = assertThrows(run, DialError);
  assertEquals(error.isLasting, true);
  return error.message;
}

/** A root, an authority below it, and the certificate of a server. */
async function chain(middle: AuthorityInput = {}, leaf: IdentityInput = {}, root?: Authority) {
  root ??= await createAuthority();
  const between = await root.delegate(middle);
  const { cert } = await between.issue({ ...names, ...leaf });
  return { root, between, cert, sent: shown(cert, between.pem) };
}

Deno.test("checkPeerUndated() takes a chain with name whatever its dates", async () => {
  for (const top of PERIODS) {
    for (const middle of PERIODS) {
      for (const leaf of PERIODS) {
        const { root, cert, sent } = await chain(middle, leaf, await createAuthority("Root", top));
        const peer = checkPeerUndated(sent, NAME, PLAIN, [root.pem]);
        assertEquals(peer, {
          expires: Date.parse(new x509.X509Certificate(cert).notAfter.toISOString()),
          pin: -1,
        });
      }
    }
  }
});

Deno.test("checkPeerUndated() wants the name or the address that is configured (RFC 8310, 8.1)", async () => {
  const root = await createAuthority();
  const cases: [IdentityInput, string, boolean][] = [
    [names, NAME, true],
    [names, "other.example", false],
    [names, ADDRESS, false],
    [{ addresses: [ADDRESS] }, ADDRESS, true],
    [{ addresses: ["192.0.2.2"] }, ADDRESS, false],
    [{ commonName: NAME }, NAME, false],
  ];
  for (const [input, name, isGood] of cases) {
    const sent = shown((await root.issue(input)).cert);
    const check = () => checkPeerUndated(sent, name, PLAIN, [root.pem]);
    if (isGood) check();
    else assertEquals(reject(check), "certificate is for another name");
  }
});

Deno.test("checkPeerUndated() wants a trusted authority at the top", async () => {
  const { root, between, cert, sent } = await chain();
  const stranger = await createAuthority();
  const unknown = "certificate of an unknown authority";
  assertEquals(reject(() => checkPeerUndated(sent, NAME, PLAIN, [stranger.pem])), unknown);
  assertEquals(reject(() => checkPeerUndated(sent, NAME, PLAIN, [])), unknown, "nobody is trusted");
  assertEquals(reject(() => checkPeerUndated(sent, NAME, PLAIN, rootCertificates)), unknown);
  const all = shown(cert, between.pem, root.pem);
  assertEquals(reject(() => checkPeerUndated(all, NAME, PLAIN, [stranger.pem])), unknown);
  const alone = shown(cert);
  assertEquals(reject(() => checkPeerUndated(alone, NAME, PLAIN, [root.pem])), unknown, "a gap");
  checkPeerUndated(all, NAME, PLAIN, [stranger.pem, root.pem]);
  checkPeerUndated(alone, NAME, PLAIN, [between.pem]);
  checkPeerUndated(shown(cert, stranger.pem, root.pem, between.pem), NAME, PLAIN, [root.pem]);
});

Deno.test("checkPeerUndated() checks every signature", async () => {
  const { root, between, cert } = await chain();
  for (const at of [0, 1]) {
    const sent = shown(cert, between.pem);
    const each = at === 0 ? sent.certificate : sent.certificate.issuerCertificate;
    // The last octet is one of the signature.
    each.raw[each.raw.length - 1] ^= 1;
    assertMatch(
      reject(() => checkPeerUndated(sent, NAME, PLAIN, [root.pem])),
      /unknown authority|not for servers/,
    );
  }
});

Deno.test("checkPeerUndated() does not take a certificate that bears the name of an authority but not its signature", async () => {
  const { root, cert } = await chain();
  const forger = await createAuthority();
  const forged = await forger.issue(names);
  const sent = shown(forged.cert, cert, root.pem);
  reject(() => checkPeerUndated(sent, NAME, PLAIN, [root.pem]));
});

Deno.test("checkPeerUndated() takes signatures only of authorities that may sign (RFC 5280, 6.1.4)", async () => {
  const purpose = (id: string) => [new x509.ExtendedKeyUsageExtension([id])];
  const constraints = new x509.Extension("2.5.29.30", true, Uint8Array.of(0x30, 0).buffer);
  const cases: [string, AuthorityInput, boolean][] = [
    ["an authority", {}, true],
    ["a server", { isAuthority: false }, false],
    ["no right to sign", { usages: x509.KeyUsageFlags.digitalSignature }, false],
    [
      "also another right",
      { usages: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign },
      true,
    ],
    ["none below it", { pathLength: 0 }, true],
    ["for servers", { extensions: purpose(x509.ExtendedKeyUsage.serverAuth) }, true],
    ["for anything", { extensions: purpose("2.5.29.37.0") }, true],
    ["for mail", { extensions: purpose(x509.ExtendedKeyUsage.emailProtection) }, false],
    ["for some names", { extensions: [constraints] }, false],
    [
      "something critical",
      { extensions: [new x509.Extension("1.2.3", true, new ArrayBuffer(2))] },
      false,
    ],
    [
      "something else",
      { extensions: [new x509.Extension("1.2.3", false, new ArrayBuffer(2))] },
      true,
    ],
  ];
  for (const [what, middle, isGood] of cases) {
    const { root, sent } = await chain(middle);
    const check = () => checkPeerUndated(sent, NAME, PLAIN, [root.pem]);
    if (isGood) check();
    else assertEquals(reject(check), "certificate of an unknown authority", what);
  }
});

Deno.test("checkPeerUndated() keeps to the length of the path (RFC 5280, 4.2.1.9)", async () => {
  for (const [pathLength, deepest] of [[0, 0], [1, 1], [2, 2], [undefined, 3]] as const) {
    const above = [await createAuthority("Root", { pathLength })];
    for (let depth = 0; depth <= 3; depth++) {
      const { cert } = await above[0].issue(names);
      const sent = shown(cert, ...above.map(({ pem }) => pem));
      const check = () => checkPeerUndated(sent, NAME, PLAIN, [above[depth].pem]);
      if (depth <= deepest) check();
      else reject(check);
      above.unshift(await above[0].delegate());
    }
  }
});

Deno.test("checkPeerUndated() takes for a server only what is for servers and no authority", async () => {
  const purpose = (id: string) => [new x509.ExtendedKeyUsageExtension([id])];
  const cases: [IdentityInput, boolean][] = [
    [{ extensions: purpose(x509.ExtendedKeyUsage.serverAuth) }, true],
    [{ extensions: purpose(x509.ExtendedKeyUsage.clientAuth) }, false],
    [{ extensions: [new x509.Extension("1.2.3", true, new ArrayBuffer(2))] }, false],
  ];
  for (const [leaf, isGood] of cases) {
    const { root, sent } = await chain({}, leaf);
    const check = () => checkPeerUndated(sent, NAME, PLAIN, [root.pem]);
    if (isGood) check();
    else assertEquals(reject(check), "certificate is not for servers");
  }
  const root = await createAuthority();
  const alternative = new x509.SubjectAlternativeNameExtension([{ type: "dns", value: NAME }]);
  const named = await root.delegate({ extensions: [alternative] });
  assertEquals(
    reject(() => checkPeerUndated(shown(named.pem), NAME, PLAIN, [root.pem])),
    "certificate is not for servers",
  );
});

Deno.test("checkPeerUndated() does not take a signature with SHA-1", async () => {
  const { root, sent } = await chain({ hash: "SHA-1" });
  reject(() => checkPeerUndated(sent, NAME, PLAIN, [root.pem]));
});

Deno.test("checkPeerUndated() wants a pin besides chain and name, or alone for an address (RFC 7858, 4.2)", async () => {
  const old = PERIODS[0];
  const root = await createAuthority("Root", old);
  const { between, cert, sent } = await chain(old, old, root);
  const stranger = await createAuthority();
  for (const pem of [cert, between.pem]) {
    const identity = await identityWithPins(stranger.pem, pem);
    assertEquals(checkPeerUndated(sent, NAME, identity, [root.pem]).pin, 1);
    assertEquals(checkPeerUndated(sent, ADDRESS, identity, []).pin, 1);
    reject(() => checkPeerUndated(sent, NAME, identity, [stranger.pem]));
    reject(() => checkPeerUndated(sent, "other.example", identity, [root.pem]));
  }
  const wrong = await identityWithPins(stranger.pem);
  for (const name of [NAME, ADDRESS]) {
    const message = reject(() => checkPeerUndated(sent, name, wrong, [root.pem]));
    assertEquals(message, "certificate matches no pin");
  }
  const copied = shown((await stranger.issue(names)).cert, cert, between.pem, stranger.pem);
  for (const pem of [cert, between.pem]) {
    const identity = await identityWithPins(pem);
    reject(() => checkPeerUndated(copied, ADDRESS, identity, []));
    reject(() => checkPeerUndated(copied, NAME, identity, [stranger.pem]));
  }
});

Deno.test("checkPeerUndated() wants a certificate, and one that can be read", async () => {
  const root = await createAuthority();
  const message = reject(() => checkPeerUndated({ certificate: null }, NAME, PLAIN, [root.pem]));
  assertEquals(message, "the server shows no certificate");
});

Deno.test("mayIssue() takes nearly all public authorities of the runtime", () => {
  const roots = rootCertificates.map((pem) => new X509Certificate(pem));
  const refused = roots.filter((each) => !mayIssue(each, 1)).map(({ subject }) => subject);
  assert(roots.length > 100);
  assertLess(refused.length, 5, refused.join("\n"));
});
