/** A certificate in words: for whom, by whom, until when, and the pin of its key. */

import { Buffer } from "node:buffer";
import { createHash, X509Certificate } from "node:crypto";

const DAY = 86_400_000;

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses it is for (RFC 5280, 4.2.1.6). */
  readonly names: readonly string[];
  /** `2026-12-23 (29 days left)`. */
  readonly validity: string;
  /** `sha256:` and the hash of the SubjectPublicKeyInfo in base64 (RFC 7858, 4.2). */
  readonly pin: string | undefined;
}

/** Reads a certificate in DER form; `now` in milliseconds since 1970. */
export function certificateFacts(der: Uint8Array, now: number): CertificateFacts {
  const certificate = new X509Certificate(Buffer.from(der));
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: alternativeNames(certificate.subjectAltName),
    validity: validity(Date.parse(certificate.validFrom), Date.parse(certificate.validTo), now),
    pin: pinOf(certificate),
  };
}

/** The lines that tell of a certificate. */
export function certificateLines(facts: CertificateFacts): string[] {
  const { subject, issuer, names, validity, pin } = facts;
  return [
    names.length > 0 ? `${subject}, for ${names.join(", ")}` : subject,
    `issued by ${issuer}`,
    validity,
    pin === undefined ? "its key is of a kind that the runtime cannot show" : `pin=${pin}`,
  ];
}

function oneLine(name: string | undefined): string {
  return (name ?? "").trim().replaceAll("\n", ", ") || "(no name)";
}

/** From `DNS:dns.example, IP Address:192.0.2.1`. */
function alternativeNames(text: string | undefined): string[] {
  const found = (text ?? "").matchAll(/(?:^|, )(?:DNS|IP Address):([^,"]+)/g);
  return Array.from(found, ([, name]) => name);
}

function validity(from: number, to: number, now: number): string {
  const until = `valid until ${new Date(to).toISOString().slice(0, 10)}`;
  if (now < from) return `not valid before ${new Date(from).toISOString()}`;
  const days = Math.floor(Math.abs(to - now) / DAY);
  const count = days === 1 ? "1 day" : `${days} days`;
  return now > to ? `${until}: expired ${count} ago` : `${until} (${count} left)`;
}

function pinOf(certificate: X509Certificate): string | undefined {
  try {
    const key = certificate.publicKey.export({ type: "spki", format: "der" });
    return `sha256:${createHash("sha256").update(key).digest("base64")}`;
  } catch {
    return undefined;
  }
}
