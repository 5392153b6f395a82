/**
 * Certificates of the demo: a private authority and one server certificate under it, made at start
 * and forgotten at the end. The leaf says CA:FALSE because Deno refuses an authority's certificate
 * as a server's own (`CaUsedAsEndEntity`), even when it is trusted.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** What the embedded upstream presents and what the forwarder trusts; all of it PEM. */
export interface DemoCertificates {
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const MINUTE = 60_000;
const LIFETIME = 7 * 24 * 60 * MINUTE;

/** Makes an authority and, signed by it, a certificate for `serverName`. */
export async function makeCertificates(serverName: string): Promise<DemoCertificates> {
  const authorityKeys = await generateKeys();
  const serverKeys = await generateKeys();
  const authority = await makeAuthority(authorityKeys);
  const certificate = await makeLeaf(serverName, serverKeys, authority, authorityKeys.privateKey);
  const privateKey = await crypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    authority: authority.toString("pem"),
    certificate: certificate.toString("pem"),
    privateKey: x509.PemConverter.encode(privateKey, "PRIVATE KEY"),
  };
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function makeAuthority(keys: CryptoKeyPair): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=dnsfwd demo authority",
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
}

function makeLeaf(
  serverName: string,
  keys: CryptoKeyPair,
  authority: x509.X509Certificate,
  signingKey: CryptoKey,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    subject: `CN=${serverName}`,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: serverName }]),
    ],
  });
}

/** Begins a few minutes ago: X.509 counts whole seconds, and "not yet valid" would be a race. */
function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 5 * MINUTE), notAfter: new Date(now + LIFETIME) };
}
