/**
 * Chains as attackers would make them, shown to who cannot judge their dates, or goes by a pin: links that only
 * look like links, keys and signatures that can be forged, circles (RFC 5280, 6.1; RFC 7858, 4.2).
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { type DetailedPeerCertificate, rootCertificates } from "node:tls";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { DialError } from "../../lib/net/dial_error.ts";
import { checkPeer } from "../../lib/net/peer_check.ts";
import { checkPeerUndated } from "../../lib/net/undated_check.ts";
import { pinOfPem } from "../helpers/certificate.ts";
import {
  type CertificateInput,
  type Keys,
  makeCertificate,
  makeKeys,
  rsaKeys,
  SERVER,
} from "../helpers/forged_certificate.ts";

const ADDRESS = "192.0.2.1";
const STRICT = { pins: [] as string[], isAuthenticated: true, caFiles: [] };
/** The certificates as `node:tls` links them: in the order sent. */
function shown(...pems: string[]): { certificate: DetailedPeerCertificate } {
  const [first, ...rest] = pems.map((pem) => {
    const raw = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
    return { raw } as DetailedPeerCertificate;
  });
  let last = first;
  for (const each of rest) last = last.issuerCertificate = each;
  last.issuerCertificate = last;
  return { certificate: first };
}

function assertUnknown(sent: ReturnType<typeof shown>, roots: readonly string[]): void {
  const { message } = assertThrows(() => checkPeerUndated(sent, SERVER, STRICT, roots), DialError);
  assertEquals(message, "certificate of an unknown authority");
}

/** A root, what the root has signed for `middle`, and what that has signed for a server. */
async function chain(middle: Partial<CertificateInput> = {}, middleKeys?: Keys, rootKeys?: Keys) {
  const [above, between, own] = [
    rootKeys ?? await makeKeys(),
    middleKeys ?? await makeKeys(),
    await makeKeys(),
  ];
  const root = await makeCertificate({
    subject: "CN=Root",
    keys: above,
    issuer: "CN=Root",
    signer: above,
    isAuthority: true,
  });
  const authority = await makeCertificate({
    subject: "CN=Middle",
    keys: between,
    issuer: "CN=Root",
    signer: above,
    isAuthority: true,
    ...middle,
  });
  const leaf = await makeCertificate({
    subject: "CN=Leaf",
    keys: own,
    issuer: "CN=Middle",
    signer: between,
  });
  return { root, authority, leaf };
}

Deno.test("checkPeerUndated() wants the key of an authority, not a name that is the same", async () => {
  const good = await chain();
  const forged = await chain();
  checkPeerUndated(shown(good.leaf, good.authority), SERVER, STRICT, [good.root]);
  const cases = [
    [forged.leaf, good.authority],
    [forged.leaf, forged.authority],
    [forged.leaf, forged.authority, forged.root],
    [forged.leaf, forged.authority, good.root],
    [forged.leaf, good.authority, good.root],
    [forged.leaf, good.leaf, good.authority, good.root],
    [good.leaf, forged.authority],
  ];
  for (const pems of cases) assertUnknown(shown(...pems), [good.root]);
  // What is shown besides does no harm, and is passed over.
  checkPeerUndated(shown(good.leaf, forged.authority, good.authority), SERVER, STRICT, [
    forged.root,
    good.root,
  ]);
});

Deno.test("checkPeerUndated() takes no certificate for a public authority because it bears the name of one", async () => {
  const [pem] = rootCertificates;
  const name = new x509.X509Certificate(pem).subjectName;
  const [fake, own] = [await makeKeys(), await makeKeys()];
  const root = await makeCertificate({
    subject: name,
    keys: fake,
    issuer: name,
    signer: fake,
    isAuthority: true,
  });
  const leaf = await makeCertificate({ subject: "CN=Leaf", keys: own, issuer: name, signer: fake });
  assert(new X509Certificate(leaf).checkIssued(new X509Certificate(pem)), "the name is the same");
  for (const sent of [shown(leaf), shown(leaf, root)]) assertUnknown(sent, rootCertificates);
});

Deno.test("checkPeerUndated() and checkPeer() come to an end where authorities have signed each other", async () => {
  const [one, two, own] = [await makeKeys(), await makeKeys(), await makeKeys()];
  const sign = (subject: string, keys: Keys, issuer: string, signer: Keys) =>
    makeCertificate({ subject, keys, issuer, signer, isAuthority: true });
  const circle = [
    await sign("CN=One", one, "CN=Two", two),
    await sign("CN=Two", two, "CN=One", one),
    await sign("CN=One", one, "CN=One", one),
    await sign("CN=One", one, "CN=Two", two),
    await sign("CN=Two", two, "CN=One", one),
    await sign("CN=Two", two, "CN=Two", two),
  ];
  const leaf = await makeCertificate({
    subject: "CN=Leaf",
    keys: own,
    issuer: "CN=One",
    signer: one,
  });
  const { root } = await chain();
  const sent = shown(leaf, ...circle);
  assertUnknown(sent, [root]);
  const pinned = { ...STRICT, pins: [`${"A".repeat(43)}=`] };
  const handshake = { ...sent, authorized: false, reason: "" };
  assertThrows(() => checkPeerUndated(sent, ADDRESS, pinned, []), DialError);
  assertThrows(() => checkPeer(handshake, ADDRESS, pinned, []), DialError);
});

Deno.test("checkPeerUndated() and checkPeer() take a pinned authority's word only where it cannot be forged", async () => {
  const weak = await rsaKeys(1024);
  const cases: [string, Awaited<ReturnType<typeof chain>>, boolean][] = [
    ["as it should be", await chain(), true],
    ["a signature with SHA-1", await chain({ hash: "SHA-1" }), false],
    ["a short key", await chain({}, weak), false],
    ["no right to sign", await chain({ usages: x509.KeyUsageFlags.digitalSignature }), false],
    ["no authority", await chain({ isAuthority: false }), false],
  ];
  for (const [what, { root, authority, leaf }, isGood] of cases) {
    const sent = shown(leaf, authority, root);
    const handshake = { ...sent, authorized: false, reason: "" };
    const pins = [(await pinOfPem(root)).replace("sha256:", "")];
    const checks = [
      () => checkPeerUndated(sent, ADDRESS, { ...STRICT, pins }, []),
      () => checkPeer(handshake, ADDRESS, { ...STRICT, pins }, []),
    ];
    for (const check of checks) {
      if (isGood) assertEquals(check().pin, 0);
      else {assertEquals(
          assertThrows(check, DialError, undefined, what).message,
          "certificate matches no pin",
        );}
    }
  }
});

Deno.test("checkPeerUndated() takes no signature of a short key", async () => {
  for (const [bits, isGood] of [[1024, false], [2048, true]] as const) {
    const { root, authority, leaf } = await chain({}, await rsaKeys(bits));
    const sent = shown(leaf, authority);
    if (isGood) checkPeerUndated(sent, SERVER, STRICT, [root]);
    else assertUnknown(sent, [root]);
  }
});
