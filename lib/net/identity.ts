/**
 * How an upstream proves who it is, and we to it, where name and public authorities are not all there is
 * to it (RFC 8310, 5; RFC 7858, 4.2). An upstream with any of this is dialed by `node_tls.ts`.
 */

/** What the upstream's URI asks for. */
export interface Identity {
  /**
   * base64 of the SHA-256 of public keys (DER SubjectPublicKeyInfo; RFC 7858, 4.2), the current one first.
   * If there are any, the certificate or one above it must have one of them.
   */
  readonly pins: readonly string[];
  /** False: the connection is encrypted, to whomever (RFC 8310, 5: opportunistic privacy). */
  readonly isAuthenticated: boolean;
  /** PEM files with the only authorities to trust for this upstream. */
  readonly caFiles: readonly string[];
  /** PEM files of our own certificate; both or neither. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Our own certificate chain and its key, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What was seen of a server that has been let in. */
export interface Peer {
  /** When its certificate ends, in milliseconds since 1970. */
  readonly expires: number;
  /** Which of the pins matched; -1 if none is configured. */
  readonly pin: number;
}

/** The same, and whether it went on with the TLS session of an earlier connection. */
export interface ConnectedPeer extends Peer {
  readonly isResumed: boolean;
}
