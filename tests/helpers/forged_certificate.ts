/** Certificates of any making, also such as nobody would issue: who signs whom, and how, is up to the test. */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** The name in certificates that are no authority's. */
export const SERVER = "dns.example";
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const RSA = { name: "RSASSA-PKCS1-v1_5", publicExponent: Uint8Array.of(1, 0, 1) };

export type Keys = Pick<CryptoKeyPair, "publicKey" | "privateKey">;

export interface CertificateInput {
  subject: string | x509.Name;
  keys: Keys | { publicKey: ArrayBuffer };
  issuer: string | x509.Name;
  signer: Keys;
  isAuthority?: boolean;
  usages?: x509.KeyUsageFlags;
  hash?: string;
  more?: x509.Extension[];
}

export async function makeKeys(
  algorithm: EcKeyGenParams | RsaHashedKeyGenParams = ECDSA,
): Promise<Keys> {
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
}

export async function rsaKeys(
  modulusLength: number,
  name = RSA.name,
  hash = "SHA-256",
): Promise<Keys> {
  return await makeKeys({ ...RSA, name, hash, modulusLength } as RsaHashedKeyGenParams);
}

export async function makeCertificate(input: CertificateInput): Promise<string> {
  const { isAuthority = false, usages = x509.KeyUsageFlags.keyCertSign, hash = "SHA-256", signer } =
    input;
  const names = new x509.SubjectAlternativeNameExtension([{ type: "dns", value: SERVER }]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01" + crypto.randomUUID().replaceAll("-", "").slice(0, 16),
    subject: input.subject,
    issuer: input.issuer,
    notBefore: new Date(Date.now() - 1e8),
    notAfter: new Date(Date.now() + 1e8),
    signingAlgorithm: {
      name: signer.privateKey.algorithm.name,
      hash,
      saltLength: 20,
    } as EcdsaParams,
    publicKey: input.keys.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      ...isAuthority ? [new x509.KeyUsagesExtension(usages, true)] : [names],
      ...input.more ?? [],
    ],
  });
  return certificate.toString("pem");
}
