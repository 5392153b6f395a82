/** What a server shows of itself, and what it is expected to: certificates in a chain, and pins. */

import { Buffer } from "node:buffer";
import type { DetailedPeerCertificate } from "node:tls";
import type { Identity } from "../../lib/net/identity.ts";
import { pinOfPem } from "./certificate.ts";

/** The certificates as `node:tls` links them: in the order sent. */
export function shownCertificates(...pems: string[]): DetailedPeerCertificate {
  const [first, ...rest] = pems.map((pem) => {
    const base64 = pem.replace(/-----[A-Z ]+-----|\s/g, "");
    return { raw: Buffer.from(base64, "base64") } as DetailedPeerCertificate;
  });
  let last = first;
  for (const each of rest) last = last.issuerCertificate = each;
  last.issuerCertificate = last;
  return first;
}

/** Strict, with the pins of these certificates. */
export async function identityWithPins(...pems: string[]): Promise<Identity> {
  const pins = (await Promise.all(pems.map(pinOfPem))).map((pin) => pin.replace("sha256:", ""));
  return { pins, isAuthenticated: true, caFiles: [] };
}
