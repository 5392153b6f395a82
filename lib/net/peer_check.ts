/**
 * Decides whether the server at the other end of a handshake is the one configured (RFC 8310, 5 and 6.6;
 * RFC 7858, 4.2). The handshake has proven that it holds the key of its certificate, and nothing else;
 * until this returns no query may leave.
 *
 *     opportunistic    anybody
 *     name             chain and name verify; with pins one of them matches too
 *     address, pins    one of the pins matches; what stands above the pinned key does not matter
 *     address alone    chain and address verify
 *
 * A certificate that is itself among the authorities to trust needs no chain: its name and dates are enough.
 */

import type { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";
import { isIpAddress } from "./address.ts";
import { isFor } from "./certificate_names.ts";
import {
  certificatePath,
  isItselfTrusted,
  parseCertificates,
  pinOf,
  shownCertificates,
} from "./certificate_path.ts";
import { DialError, EXPIRED, NOT_YET_VALID, shortened, UNKNOWN_AUTHORITY } from "./dial_error.ts";
import type { Identity, Peer } from "./identity.ts";

/** What a handshake without verification has found out. */
export interface Handshake {
  readonly certificate: DetailedPeerCertificate | null;
  /** Whether chain and name (or address) have been verified. */
  readonly authorized: boolean;
  /** Why not: a code of `node:tls`. */
  readonly reason: string;
}

export const NO_CERTIFICATE = "the server shows no certificate";

/** Throws `DialError` unless the server is the one; `caCerts` is what it was verified with. */
export function checkPeer(
  handshake: Handshake,
  serverName: string,
  identity: Identity,
  caCerts: readonly string[],
  now = Date.now(),
): Peer {
  const shown = shownCertificates(handshake.certificate);
  if (shown.length === 0) throw new DialError("TLS trust", NO_CERTIFICATE);
  const { isAuthenticated, pins } = identity;
  const expires = shown[0].validToDate.getTime();
  if (!isAuthenticated) return { expires, pin: -1 };
  const trusted = caCerts.flatMap(parseCertificates);
  const path = certificatePath(shown, trusted);
  if (pins.length === 0 || !isIpAddress(serverName)) {
    // Also for what it throws: a runtime that cannot do this calls every server authorized.
    if (isItselfTrusted(path[0], trusted)) checkItself(path[0], serverName, now);
    else checkChain(handshake, path, serverName, now);
  }
  return { expires, pin: pins.length === 0 ? -1 : checkPins(path, pins, now) };
}

/** A certificate that is trusted no matter who signed it or what else it may be used for. */
function checkItself(leaf: X509Certificate, serverName: string, now: number): void {
  if (!isFor(leaf, serverName)) throw wrongName(leaf);
  checkDates(leaf, now);
}

function checkChain(
  { authorized, reason }: Handshake,
  path: readonly X509Certificate[],
  serverName: string,
  now: number,
): void {
  const [leaf] = path;
  if (reason === "ERR_TLS_CERT_ALTNAME_INVALID" || (authorized && !isFor(leaf, serverName))) {
    throw wrongName(leaf, reason);
  }
  if (authorized) return;
  // The runtime takes a wrong date for a wrong signature.
  for (const certificate of path) checkDates(certificate, now);
  if (path.length > 1 && path[path.length - 1].issuer === path[path.length - 1].subject) {
    throw new DialError("TLS trust", "certificate not accepted", reason, ` (${reason})`);
  }
  throw new DialError("TLS trust", UNKNOWN_AUTHORITY.message, reason, UNKNOWN_AUTHORITY.detail);
}

function checkDates(certificate: X509Certificate, now: number): void {
  if (certificate.validToDate.getTime() < now) {
    const detail = ` on ${certificate.validToDate.toISOString().slice(0, 10)}`;
    throw new DialError("TLS time", EXPIRED, undefined, detail);
  }
  if (certificate.validFromDate.getTime() > now) {
    throw new DialError("TLS time", NOT_YET_VALID);
  }
}

/** Whether all are valid at `now`, in milliseconds since 1970. */
export function areInDate(certificates: readonly X509Certificate[], now: number): boolean {
  return certificates.every((each) => isInDate(each, now));
}

function isInDate({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

/** The error for a certificate that is not for the name (or address). */
export function wrongName(leaf: X509Certificate, cause?: unknown): DialError {
  const detail = `; it is for ${namesOf(leaf)}`;
  return new DialError("TLS name", "certificate is for another name", cause, detail);
}

/** The names of a certificate as a log may show them: its maker chose the octets. */
function namesOf(leaf: X509Certificate): string {
  const names = (leaf.subjectAltName ?? "").replace(/[^\x20-\x7e]/g, "?");
  if (names === "") return "no name at all";
  return shortened(names.replace(/\b(DNS|IP Address):/g, ""));
}

/**
 * The first pin that matches. A pinned key above the server's own vouches only for certificates that are
 * valid at this time: their keys may have been lost since.
 */
function checkPins(path: readonly X509Certificate[], pins: readonly string[], now: number): number {
  const outdated = path.findIndex((each) => !isInDate(each, now));
  const valid = outdated < 0 ? path : path.slice(0, outdated + 1);
  const found = valid.map(pinOf);
  const pin = pins.findIndex((each) => found.includes(each));
  if (pin >= 0) return pin;
  if (path.some((each) => pins.includes(pinOf(each)))) checkDates(path[outdated], now);
  return matchingPin(path, pins);
}

/** The first of `pins` that is on `path`, whatever the dates; throws `DialError` if none is. */
export function matchingPin(path: readonly X509Certificate[], pins: readonly string[]): number {
  const found = path.map(pinOf);
  const pin = pins.findIndex((each) => found.includes(each));
  if (pin >= 0) return pin;
  const list = found.map((each) => `pin=sha256:${each}`).join(", signed by ");
  throw new DialError("TLS trust", "certificate matches no pin", undefined, `; it has ${list}`);
}
