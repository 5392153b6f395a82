/** Which certificates are good for anything at all (RFC 5280, 4.1.1.2 and 4.2). */

import { assert, assertEquals } from "@std/assert";
import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { mayIssue, mayServe } from "../../lib/net/certificate_rules.ts";
import { type Keys, makeCertificate, makeKeys, rsaKeys } from "../helpers/forged_certificate.ts";

Deno.test("mayServe() and mayIssue() take keys that the TLS library takes too", async () => {
  const signer = await makeKeys();
  const curve = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey;
  const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength }).publicKey;
  const cases: [string, KeyObject, boolean][] = [
    ["P-256", curve("P-256"), true],
    ["P-384", curve("P-384"), true],
    ["P-521", curve("P-521"), true],
    ["P-224", curve("P-224"), false],
    ["RSA, 512", rsa(512), false],
    ["RSA, 1024", rsa(1024), false],
    ["RSA, 2048", rsa(2048), true],
    ["Ed25519", generateKeyPairSync("ed25519").publicKey, true],
    ["X25519", generateKeyPairSync("x25519").publicKey, false],
  ];
  for (const [what, key, isGood] of cases) {
    const spki = key.export({ type: "spki", format: "der" });
    const keys = { publicKey: new Uint8Array(spki).buffer };
    const input = { subject: "CN=Any", keys, issuer: "CN=Root", signer };
    const server = new X509Certificate(await makeCertificate(input));
    const issuer = new X509Certificate(await makeCertificate({ ...input, isAuthority: true }));
    assertEquals([mayServe(server), mayIssue(issuer, 0)], [isGood, isGood], what);
  }
});

Deno.test("mayServe() takes no signature with SHA-1, nor one whose hash stands where nobody looks", async () => {
  const pss = await rsaKeys(2048, "RSA-PSS", "SHA-1");
  const signers: [Keys, string][] = [[await makeKeys(), "SHA-1"], [pss, "SHA-1"]];
  for (const [signer, hash] of signers) {
    const keys = await makeKeys();
    const pem = await makeCertificate({ subject: "CN=Any", keys, issuer: "CN=Root", signer, hash });
    assert(!mayServe(new X509Certificate(pem)), signer.privateKey.algorithm.name);
  }
});

Deno.test("mayServe() and mayIssue() take no extension twice (RFC 5280, 4.2)", async () => {
  const signer = await makeKeys();
  const more = [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ];
  for (const extensions of [more, more.toReversed()]) {
    const input = { subject: "CN=Any", keys: signer, issuer: "CN=Root", signer, more: extensions };
    assert(!mayServe(new X509Certificate(await makeCertificate(input))));
    assert(
      !mayIssue(new X509Certificate(await makeCertificate({ ...input, isAuthority: true })), 0),
    );
  }
});
