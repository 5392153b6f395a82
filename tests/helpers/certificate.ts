/** A private certificate authority and the certificates of scripted upstreams (ECDSA P-256, PEM). */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const DAY = 86_400_000;

export interface Identity {
  cert: string;
  key: string;
}

export interface IdentityInput {
  /** Of the subject: all that smartdns looks at. */
  commonName?: string;
  dnsNames?: readonly string[];
  addresses?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
}

export interface Authority {
  /** The certificate of the authority. */
  readonly pem: string;
  /** A certificate for a server, valid from yesterday until in thirty days unless told otherwise. */
  issue(input: IdentityInput): Promise<Identity>;
}

export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY);
}

/** `sha256:` and the pin of the first certificate in `pem` (RFC 7858, 4.2). */
export async function pinOfPem(pem: string): Promise<string> {
  const key = new x509.X509Certificate(pem).publicKey.rawData;
  const digest = await crypto.subtle.digest("SHA-256", key);
  return `sha256:${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

export async function createAuthority(commonName = "Test authority"): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName} ${serialNumber()}`,
    notBefore: daysFromNow(-400),
    notAfter: daysFromNow(400),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    pem: root.toString("pem"),
    issue: (input) => issue(root.subject, keys.privateKey, input),
  };
}

async function issue(
  issuer: string,
  signingKey: CryptoKey,
  input: IdentityInput,
): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${input.commonName ?? "Scripted upstream"}`,
    issuer,
    notBefore: input.notBefore ?? daysFromNow(-1),
    notAfter: input.notAfter ?? daysFromNow(30),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension(alternativeNames(input)),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: leaf.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

function alternativeNames(input: IdentityInput): x509.JsonGeneralNames {
  return [
    ...(input.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(input.addresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
}

function serialNumber(): string {
  return "01" + crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}
