/** What a change of the network leaves as it was. */

export interface ConnectionEnds {
  /** Addresses without brackets; both empty for a Unix socket. */
  readonly localHost: string;
  readonly remoteHost: string;
}

/** Whether a connection between these ends goes the way that it went before the network changed. */
export type IsUnmoved = (ends: ConnectionEnds) => boolean;
