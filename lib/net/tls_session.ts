/**
 * Lets a connection by `node:tls` go on with the TLS session of an earlier one (RFC 8446, 2.2), which spares
 * both sides the certificate; never with early data.
 *
 * A server that goes on with a session does not show its certificate again: it proves to be the one that had
 * the key before. The runtime then tells the certificate from before, and that it is authorized, whether it
 * was or not (measured on Deno 2.9.6). So what that certificate was found to be is kept here, and only a
 * session with the very same certificate is one. All checks but those of signatures are made again.
 *
 * The runtime keeps the tickets, each for one connection, and takes the latest of a name. After `forget()`
 * the next handshake is from the start: whoever sees a ticket again on another network knows who has moved
 * there (RFC 8446, C.4).
 */

import type { ConnectionOptions } from "node:tls";
import { DialError } from "./dial_error.ts";
import type { Handshake } from "./peer_check.ts";

type Session = ConnectionOptions["session"];

export class TlsSession {
  #session: Session;
  #known: Handshake | undefined;

  /** What to begin a handshake with; undefined for one from the start. */
  get offer(): Session {
    return this.#known && this.#session;
  }

  /** A server was let in after a handshake from the start. */
  onPeer(handshake: Handshake): void {
    this.#known = handshake;
  }

  /** The runtime has a session to go on with. */
  onSession(session: Session): void {
    this.#session = session;
  }

  /**
   * What a resumed handshake has found out, in place of what the runtime says of it; `isInDate` tells
   * whether all certificates are valid now. Throws `DialError` if it is not with the server known.
   */
  resumed(certificate: Handshake["certificate"], isInDate: boolean): Handshake {
    const known = this.#known;
    // The server's own alone: those above it come from the server, and prove nothing.
    const { fingerprint256 } = known?.certificate ?? {};
    if (!known || !fingerprint256 || certificate?.fingerprint256 !== fingerprint256) {
      throw new DialError("TLS trust", "a TLS session with another certificate than before");
    }
    if (!known.authorized || isInDate) return { ...known, certificate };
    return { certificate, authorized: false, reason: "CERT_HAS_EXPIRED" };
  }

  /** Whether there was one; the next handshake is from the start. */
  forget(): boolean {
    const { offer } = this;
    this.#session = this.#known = undefined;
    return offer !== undefined;
  }
}
