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
  /** Instead of the names and addresses above. */
  names?: x509.SubjectAlternativeNameExtension;
  /** Besides basic constraints and names. */
  extensions?: readonly x509.Extension[];
}

export interface AuthorityInput {
  notBefore?: Date;
  notAfter?: Date;
  /** False: what it signs is signed by something that is no authority. */
  isAuthority?: boolean;
  /** How many authorities may stand below it. */
  pathLength?: number;
  usages?: x509.KeyUsageFlags;
  extensions?: readonly x509.Extension[];
  /** `SHA-1` is what nobody takes any more. */
  hash?: string;
}

export interface Authority {
  /** The certificate of the authority. */
  readonly pem: string;
  /** A certificate for a server, valid from yesterday until in thirty days unless told otherwise. */
  issue(input: IdentityInput): Promise<Identity>;
  /** An authority below this one. */
  delegate(input?: AuthorityInput): Promise<Authority>;
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

export async function createAuthority(
  commonName = "Test authority",
  input: AuthorityInput = {},
): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const subject = `CN=${commonName} ${serialNumber()}`;
  return await authority(subject, keys, { subject, signingKey: keys.privateKey }, input);
}

interface Issuer {
  readonly subject: string;
  readonly signingKey: CryptoKey;
}

async function authority(
  subject: string,
  keys: CryptoKeyPair,
  issuer: Issuer,
  input: AuthorityInput,
): Promise<Authority> {
  const { isAuthority = true, usages = x509.KeyUsageFlags.keyCertSign } = input;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: issuer.subject,
    notBefore: input.notBefore ?? daysFromNow(-400),
    notAfter: input.notAfter ?? daysFromNow(400),
    signingAlgorithm: { ...SIGNING, hash: input.hash ?? SIGNING.hash },
    publicKey: keys.publicKey,
    signingKey: issuer.signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, input.pathLength, true),
      new x509.KeyUsagesExtension(usages, true),
      ...input.extensions ?? [],
    ],
  });
  const own = { subject, signingKey: keys.privateKey };
  return {
    pem: certificate.toString("pem"),
    issue: (wanted) => issue(subject, keys.privateKey, wanted),
    delegate: async (wanted = {}) => {
      const below = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
      return await authority(`CN=Authority below ${serialNumber()}`, below, own, wanted);
    },
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
      input.names ?? new x509.SubjectAlternativeNameExtension(alternativeNames(input)),
      ...input.extensions ?? [],
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
