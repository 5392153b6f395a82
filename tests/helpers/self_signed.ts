/** Certificates that nobody but their own key has signed, as `openssl req -x509` makes them (ECDSA P-256, PEM). */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { daysFromNow, type Identity } from "./certificate.ts";

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

export interface SelfSignedInput {
  names?: x509.JsonGeneralNames;
  /** What `openssl req -x509` says unless told otherwise: true. */
  isAuthority?: boolean;
  notBefore?: Date;
  notAfter?: Date;
  /** Besides basic constraints and names. */
  extensions?: readonly x509.Extension[];
}

export async function selfSigned(input: SelfSignedInput = {}): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const { isAuthority = true, names = [{ type: "dns", value: "dns.example" }] } = input;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01" + crypto.randomUUID().replaceAll("-", "").slice(0, 16),
    name: "CN=dns.example",
    notBefore: input.notBefore ?? daysFromNow(-1),
    notAfter: input.notAfter ?? daysFromNow(30),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      ...names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
      ...input.extensions ?? [],
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: certificate.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}
