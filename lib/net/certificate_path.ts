/** The certificates that a server has shown, in the order of who vouches for whom, and their pins. */

import { Buffer } from "node:buffer";
import { createHash, X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";
import { isAuthority, isWellSigned } from "./certificate_rules.ts";

/** Longer chains are not looked at to their end; those in use have three or four. */
export const MAX_LENGTH = 8;

/** base64 of the SHA-256 of the certificate's public key (RFC 7858, 4.2). */
export function pinOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** The certificates as the server sent them, its own first; empty if it sent none. */
export function shownCertificates(first: DetailedPeerCertificate | null): X509Certificate[] {
  const shown: X509Certificate[] = [];
  for (let each = first; each?.raw && shown.length < MAX_LENGTH; each = each.issuerCertificate) {
    shown.push(new X509Certificate(each.raw));
    if (each === each.issuerCertificate) break;
  }
  return shown;
}

/** All certificates of a PEM text. */
export function parseCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(Buffer.from(block)));
}

/**
 * Whether `certificate` is itself one of `trusted`: then nobody has to vouch for it. Throws where the runtime
 * is too old to say who holds its key (Deno before 2.7).
 */
export function isItselfTrusted(
  certificate: X509Certificate,
  trusted: readonly X509Certificate[],
): boolean {
  certificate.checkIssued(certificate);
  return trusted.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256);
}

/**
 * The first of `shown`, its signer, the signer of that, as far as `shown` and `known` have them.
 * A server may send certificates that have nothing to do with its own: a pinned one that anybody can copy
 * proves nothing unless it has signed what is below it.
 */
export function certificatePath(
  shown: readonly X509Certificate[],
  known: readonly X509Certificate[],
): X509Certificate[] {
  const path = shown.slice(0, 1);
  const others = [...shown.slice(1), ...known];
  while (path.length > 0 && path.length < MAX_LENGTH) {
    const lower = path[path.length - 1];
    const issuer = others.find((each) => hasSigned(each, lower));
    if (!issuer || path.some((each) => each.fingerprint256 === issuer.fingerprint256)) break;
    path.push(issuer);
  }
  return path;
}

/** A signature that can be forged, or of somebody who may not sign, is none. */
function hasSigned(issuer: X509Certificate, lower: X509Certificate): boolean {
  return lower.checkIssued(issuer) && isAuthority(issuer) && isWellSigned(lower) &&
    lower.verify(issuer.publicKey);
}
