/** What others are told of the health of the program, and under which name, as plain data. */

/** What makes it ready for clients: that it serves, or that an upstream works as well. */
export const READINESS = ["serving", "upstream"] as const;
export type Readiness = typeof READINESS[number];

/** Seconds. */
export const MAX_DRAIN = 300;

export interface HealthSettings {
  readonly readiness: Readiness;
  /** Milliseconds for which it goes on serving once it is told to end. */
  readonly drain: number;
  /** The name that tells over DNS whether it is ready, on the wire in lower case; undefined: none does. */
  readonly readyName: Uint8Array | undefined;
}

export interface IdentitySettings {
  /** Which of many instances this is; "": nobody is told. */
  readonly identity: string;
  /** Whether clients that ask for it are told (RFC 5001). */
  readonly nsid: boolean;
}

/** Of one that nobody watches. */
export const UNWATCHED: HealthSettings = { readiness: "serving", drain: 0, readyName: undefined };
export const ANONYMOUS: IdentitySettings = { identity: "", nsid: false };
