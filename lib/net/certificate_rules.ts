/**
 * What a certificate may be used for (RFC 5280, 4.2 and 6.1.4), for chains that are verified here and not
 * by the TLS library. It errs on the side of refusing: what is critical and not understood, and any
 * constraint of names, makes a certificate no good.
 */

import { Buffer } from "node:buffer";
import type { KeyObject, X509Certificate } from "node:crypto";
import { contentOf, type Element, elements, inside, number, Tag } from "./der.ts";

/** Object identifiers (RFC 5280, 4.2.1), as hex of their DER content. */
const Extension = {
  KEY_USAGE: "551d0f",
  ALTERNATIVE_NAME: "551d11",
  BASIC_CONSTRAINTS: "551d13",
  NAME_CONSTRAINTS: "551d1e",
  EXTENDED_KEY_USAGE: "551d25",
} as const;
const UNDERSTOOD: readonly string[] = [
  Extension.KEY_USAGE,
  Extension.ALTERNATIVE_NAME,
  Extension.BASIC_CONSTRAINTS,
  Extension.EXTENDED_KEY_USAGE,
];
/** serverAuth and anyExtendedKeyUsage (RFC 5280, 4.2.1.12). */
const SERVER_PURPOSES: readonly string[] = ["2b06010505070301", "551d2500"];
/**
 * RSA with SHA-256, 384, 512 (RFC 8017, A.2), ECDSA with those (RFC 5758, 3.2), Ed25519 (RFC 8410, 3). Not PSS:
 * its hash is a parameter, SHA-1 where that is left out, and the runtime cannot check it.
 */
const SIGNATURES: readonly string[] = [
  "2a864886f70d01010b",
  "2a864886f70d01010c",
  "2a864886f70d01010d",
  "2a8648ce3d040302",
  "2a8648ce3d040303",
  "2a8648ce3d040304",
  "2b6570",
];
/** keyCertSign, in the first octet of the bits (RFC 5280, 4.2.1.3). */
const CERTIFICATE_SIGN = 0x04;
const CONTEXT_3 = 0xa3;
/** Bits of the shortest RSA key that the TLS library takes. */
const MIN_RSA_BITS = 2048;
/** P-256, P-384 and P-521, as the runtime calls them. */
const CURVES: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

interface Facts {
  /** Whether the algorithm of its signature is one of ours, and the same inside and outside. */
  readonly isWellSigned: boolean;
  /** The content of extensions, by identifier. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  /** Whether something critical is not understood. */
  readonly isObscure: boolean;
}

/** Whether `certificate` may be that of a server. */
export function mayServe(certificate: X509Certificate): boolean {
  const facts = factsOf(certificate);
  return facts.isWellSigned && !certificate.ca && isUsable(facts, certificate);
}

/**
 * Whether `issuer` may have signed certificates with `below` others of authorities between it and that of
 * the server. Says nothing about a signature.
 */
export function mayIssue(issuer: X509Certificate, below: number): boolean {
  const facts = factsOf(issuer);
  return isAuthority(issuer) && isUsable(facts, issuer) && below <= pathLength(facts);
}

/** Whether `certificate` is that of an authority whose signatures mean something, for whatever purpose. */
export function isAuthority(certificate: X509Certificate): boolean {
  return certificate.ca && isStrong(certificate.publicKey) && maySign(factsOf(certificate));
}

/** Whether the algorithm with which `certificate` is signed is beyond doubt. */
export function isWellSigned(certificate: X509Certificate): boolean {
  return factsOf(certificate).isWellSigned;
}

/** The content of the extension with the names that `certificate` is for, borrowed; undefined if there is none. */
export function alternativeNames(certificate: X509Certificate): Uint8Array | undefined {
  return factsOf(certificate).extensions.get(Extension.ALTERNATIVE_NAME);
}

function isUsable({ extensions, isObscure }: Facts, { publicKey }: X509Certificate): boolean {
  if (isObscure || extensions.has(Extension.NAME_CONSTRAINTS)) return false;
  return isStrong(publicKey) && isForServers(extensions);
}

/** Whether the TLS library takes such a key too. */
function isStrong({ asymmetricKeyDetails, asymmetricKeyType }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa") return modulusLength >= MIN_RSA_BITS;
  if (asymmetricKeyType === "ec") return CURVES.includes(namedCurve);
  return asymmetricKeyType === "ed25519";
}

function isForServers(extensions: Facts["extensions"]): boolean {
  const purposes = extensions.get(Extension.EXTENDED_KEY_USAGE);
  if (purposes === undefined) return true;
  const [list] = elements(purposes);
  return inside(list, Tag.SEQUENCE).some(({ content }) => SERVER_PURPOSES.includes(hex(content)));
}

function maySign({ extensions }: Facts): boolean {
  const usage = extensions.get(Extension.KEY_USAGE);
  if (usage === undefined) return true;
  // The first octet counts the bits that are unused.
  const bits = contentOf(elements(usage)[0], Tag.BIT_STRING);
  return bits.length > 1 && (bits[1] & CERTIFICATE_SIGN) !== 0;
}

function pathLength({ extensions }: Facts): number {
  const constraints = extensions.get(Extension.BASIC_CONSTRAINTS);
  if (constraints === undefined) return 0;
  const [list] = elements(constraints);
  const length = inside(list, Tag.SEQUENCE).find(({ tag }) => tag === Tag.INTEGER);
  return length === undefined ? Infinity : number(length.content);
}

/** RFC 5280, 4.1. Throws `RangeError` for what is malformed. */
function factsOf(certificate: X509Certificate): Facts {
  const [whole] = elements(certificate.raw);
  const [signed, algorithm] = inside(whole, Tag.SEQUENCE);
  const parts = inside(signed, Tag.SEQUENCE);
  // Of what comes before the issuer only the version (tagged) may be missing, and the serial is an INTEGER.
  const inner = parts.find(({ tag }) => tag === Tag.SEQUENCE);
  const name = hex(contentOf(algorithm, Tag.SEQUENCE));
  const last = parts[parts.length - 1];
  const listed = last.tag === CONTEXT_3 ? inside(elements(last.content)[0], Tag.SEQUENCE) : [];
  const found = listed.map(extensionOf);
  return {
    isWellSigned: name === hex(contentOf(inner, Tag.SEQUENCE)) && isKnownSignature(algorithm),
    extensions: new Map(found.map(({ id, content }) => [id, content])),
    isObscure: found.some(({ id, isCritical }) => isCritical && !UNDERSTOOD.includes(id)) ||
      new Set(found.map(({ id }) => id)).size < found.length,
  };
}

function isKnownSignature(algorithm: Element): boolean {
  const [id] = inside(algorithm, Tag.SEQUENCE);
  return SIGNATURES.includes(hex(contentOf(id, Tag.OBJECT_IDENTIFIER)));
}

function extensionOf(element: Element) {
  const parts = inside(element, Tag.SEQUENCE);
  const isCritical = parts.length === 3 && number(contentOf(parts[1], Tag.BOOLEAN)) !== 0;
  return {
    id: hex(contentOf(parts[0], Tag.OBJECT_IDENTIFIER)),
    isCritical,
    content: contentOf(parts[parts.length - 1], Tag.OCTET_STRING),
  };
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}
