/**
 * Decides whether a server is the one configured while this machine's clock is known to be wrong, so that
 * no validity period can be judged: what `peer_check.ts` does, but for that.
 *
 * Still checked, in this order:
 *
 *     the handshake    the server holds the key of its certificate (by TLS, before this is called)
 *     address, pins    one of the pins matches the server's key, or that of an authority which has signed what
 *                      is below it
 *     otherwise        the name (or address) fits, and the certificate is itself among those trusted; or
 *                      - the certificate is for servers, is no authority's, and is for the name (or address);
 *                      - each certificate is signed by the one above it, issued under its name, by an
 *                        authority (basic constraints, path length, key usage, extended key usage), with an
 *                        algorithm and key size that the TLS library takes too;
 *                      - the last is signed by an authority that is trusted;
 *                      - nothing critical is left that is not understood; constraints of names are refused;
 *                      - with pins, one of them matches as well.
 *
 * Not checked: from when and until when any certificate on the path is valid. So a thief of a key
 * whose certificate has expired since is let in. Revocation is checked nowhere.
 */

import type { X509Certificate } from "node:crypto";
import { isIpAddress } from "./address.ts";
import { isFor } from "./certificate_names.ts";
import {
  certificatePath,
  isItselfTrusted,
  MAX_LENGTH,
  parseCertificates,
  shownCertificates,
} from "./certificate_path.ts";
import { isWellSigned, mayIssue, mayServe } from "./certificate_rules.ts";
import { DialError, UNKNOWN_AUTHORITY } from "./dial_error.ts";
import type { Identity, Peer } from "./identity.ts";
import { type Handshake, matchingPin, NO_CERTIFICATE, wrongName } from "./peer_check.ts";

/** Throws `DialError` unless the server is the one; `caCerts` are all that is trusted, in PEM. */
export function checkPeerUndated(
  { certificate }: Pick<Handshake, "certificate">,
  serverName: string,
  identity: Identity,
  caCerts: readonly string[],
): Peer {
  const shown = shownCertificates(certificate);
  if (shown.length === 0) throw new DialError("TLS trust", NO_CERTIFICATE);
  if (!identity.isAuthenticated) throw new Error("Nobody to be authenticated");
  const expires = shown[0].validToDate.getTime();
  const { pins } = identity;
  if (pins.length > 0 && isIpAddress(serverName)) {
    const path = certificatePath(shown, caCerts.flatMap(parseCertificates));
    return { expires, pin: matchingPin(path, pins) };
  }
  if (!isFor(shown[0], serverName)) throw wrongName(shown[0]);
  const path = verifiedPath(shown, caCerts.flatMap(parseCertificates));
  return { expires, pin: pins.length === 0 ? -1 : matchingPin(path, pins) };
}

/** From the server's certificate up to an authority among `roots`; throws `DialError` if there is no such path. */
function verifiedPath(
  shown: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): X509Certificate[] {
  const [leaf] = shown;
  if (isItselfTrusted(leaf, roots)) return [leaf];
  if (!mayServe(leaf)) throw new DialError("TLS trust", "certificate is not for servers");
  const path = pathUp([leaf], new Set(shown.slice(1)), roots);
  if (path) return path;
  const { message, detail } = UNKNOWN_AUTHORITY;
  throw new DialError("TLS trust", message, undefined, detail);
}

/** `path` and what it takes to get from there to a root. Each of `others` is tried once at most. */
function pathUp(
  path: readonly X509Certificate[],
  others: Set<X509Certificate>,
  roots: readonly X509Certificate[],
): X509Certificate[] | undefined {
  const root = roots.find((each) => hasIssued(each, path));
  if (root) return [...path, root];
  if (path.length >= MAX_LENGTH) return undefined;
  for (const each of others) {
    if (!hasIssued(each, path)) continue;
    others.delete(each);
    const whole = pathUp([...path, each], others, roots);
    if (whole) return whole;
  }
  return undefined;
}

/** Whether `issuer` is an authority that has signed the last of `path`. */
function hasIssued(issuer: X509Certificate, path: readonly X509Certificate[]): boolean {
  const lower = path[path.length - 1];
  return lower.checkIssued(issuer) && mayIssue(issuer, path.length - 1) && isWellSigned(lower) &&
    lower.verify(issuer.publicKey);
}
