/** Why a connection could not be opened, in plain words and by stage. */

/**
 * How far an attempt came: the address of the name, the connection, a TLS handshake that broke off, one that
 * could not be agreed on, and a server whose certificate is for somebody else, out of date, or not trusted.
 */
export type DialStage =
  | "resolve"
  | "connect"
  | "handshake"
  | "TLS"
  | "ALPN"
  | "TLS name"
  | "TLS time"
  | "TLS trust";

/** At these the server was reached, and its certificate is for somebody else, out of date, or not trusted. */
const REFUSALS: readonly DialStage[] = ["TLS name", "TLS time", "TLS trust"];
/** At these it ends in the same way each time, until somebody changes something. */
const LASTING: readonly DialStage[] = ["TLS", "ALPN", ...REFUSALS];

export class DialError extends Error {
  override readonly name = "DialError";
  readonly stage: DialStage;
  /** What logs say behind the message, too long for an extended error; or "". */
  readonly detail: string;

  /** Whether the server refused the protocol that was offered by ALPN (RFC 7301, 3.2). */
  get isAlpnRefused(): boolean {
    return this.cause instanceof Error && /NoApplicationProtocol/.test(this.cause.message);
  }

  /** Whether a certificate is not, or no longer, valid at the time that this machine takes it to be. */
  get isPeriod(): boolean {
    return this.stage === "TLS time";
  }

  /** Whether the server's certificate is why it was not let in. */
  get isRefusal(): boolean {
    return REFUSALS.includes(this.stage);
  }

  /** Whether to wait does not help. */
  get isLasting(): boolean {
    return LASTING.includes(this.stage);
  }

  /** Whether the server took the connection, and no handshake came of it in time. */
  get isSilence(): boolean {
    return this.stage === "handshake" && this.message.startsWith(SILENCE);
  }

  /** Whether it is the runtime that cannot do what was asked. */
  get isUnsupported(): boolean {
    return codeOf(this.cause) === "ERR_NOT_IMPLEMENTED";
  }

  /** Whether nothing can even leave for there: waiting for an answer is in vain. */
  get isRouteless(): boolean {
    return (this.stage === "connect" || this.stage === "resolve") && isUnreachable(this.cause);
  }

  /** `message` begins in lower case: it stands behind a colon. */
  constructor(stage: DialStage, message: string, cause?: unknown, detail = "") {
    super(message, { cause });
    this.stage = stage;
    this.detail = detail;
  }

  /** The same, with more behind the message. */
  with(detail: string): DialError {
    return new DialError(this.stage, this.message, this.cause, this.detail + detail);
  }
}

export const EXPIRED = "certificate expired";
export const NOT_YET_VALID = "certificate not valid yet (is the clock right?)";

const SILENCE = "no TLS handshake within";

/** The error for a handshake that `timeout` milliseconds were not enough for. */
export function silence(timeout: number, cause?: unknown): DialError {
  return new DialError("handshake", `${SILENCE} ${timeout / 1000} s`, cause);
}

const ROUTELESS: readonly string[] = ["EHOSTUNREACH", "ENETUNREACH", "EINVAL"];

/** Numbers of ENETUNREACH and EHOSTUNREACH on Linux: errors of name lookups have no code. */
const UNREACHABLE_TEXT = /\(os error (101|113)\)/;

/** Whether `error` says that there is no way to where something was to be sent. */
export function isUnreachable(error: unknown): boolean {
  return ROUTELESS.includes(codeOf(error)) ||
    (error instanceof Error && UNREACHABLE_TEXT.test(error.message));
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? "";
}

/** What connecting answered, for a person. */
export function connectError(error: unknown): DialError {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const known: Record<string, string> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection reset",
    EHOSTUNREACH: "host unreachable",
    ENETUNREACH: "network unreachable",
    // Linux says so of a route of type blackhole (ip-route(8)).
    EINVAL: "the route leads nowhere",
    ENOTFOUND: "name not found",
    ENOENT: "no such socket",
    EACCES: "permission denied",
  };
  if (text.includes("failed to lookup")) return new DialError("resolve", "name not found", error);
  return new DialError("connect", known[code] ?? text, error);
}

export const UNKNOWN_AUTHORITY = {
  message: "certificate of an unknown authority",
  detail: "; name a private one with --ca FILE, or ca=FILE in the upstream",
} as const;

const MAX_NAMES = 200;

/** `text` as long as a log line bears: a server chooses the names in its certificate. */
export function shortened(text: string): string {
  return text.length > MAX_NAMES ? `${text.slice(0, MAX_NAMES)} ...` : text;
}

const CLIENT_REFUSED =
  /alert: (CertificateRequired|CertificateUnknown|BadCertificate|UnknownCA|AccessDenied)/;
const CLIENT_CERTIFICATE = "the server wants a client certificate it knows";

/** Parts of the TLS library's texts, and what they mean; it tells its causes in no other way. */
const HANDSHAKE_CAUSES: readonly (readonly [RegExp, DialStage, string])[] = [
  [/certificate expired/, "TLS time", EXPIRED],
  [/not valid yet/, "TLS time", NOT_YET_VALID],
  [/not valid for (any )?name/, "TLS name", "certificate is for another name"],
  [/UnknownIssuer/, "TLS trust", "certificate of an unknown authority"],
  [/CaUsedAsEndEntity/, "TLS trust", "certificate is that of an authority, not of a server"],
  [/invalid peer certificate/, "TLS trust", "certificate not accepted"],
  // So says node:tls where it can use none of the authorities that it was given.
  [/self-signed certificate|unable to verify/, "TLS trust", "certificate not accepted"],
  [/NoApplicationProtocol/, "ALPN", 'TLS: protocol "dot" refused'],
  [
    /UnofferedApplicationProtocol/,
    "ALPN",
    'TLS: the server chose a protocol other than "dot"',
  ],
  [/ProtocolVersion|peer is incompatible/, "TLS", "TLS: no version 1.2 or 1.3 in common"],
  [CLIENT_REFUSED, "TLS", CLIENT_CERTIFICATE],
  [/HandshakeFailure/, "TLS", "TLS: handshake refused (no cipher in common?)"],
  [/InvalidContentType|corrupt message/, "TLS", "the server does not speak TLS"],
  [
    /eof|end of file|close_notify|disconnected before/i,
    "handshake",
    "connection closed during the TLS handshake",
  ],
  [/reset/i, "handshake", "connection reset during the TLS handshake"],
];

/** Why an open stream failed, for a person. With TLS 1.3 a refused client learns of it only here. */
export function streamError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return CLIENT_REFUSED.test(text) ? `${CLIENT_CERTIFICATE} (cert=FILE&key=FILE)` : text;
}

/** What the TLS handshake ended with, for a person. */
export function handshakeError(error: unknown): DialError {
  const text = error instanceof Error ? error.message : String(error);
  const known = HANDSHAKE_CAUSES.find(([pattern]) => pattern.test(text));
  if (known) return new DialError(known[1], known[2], error, detailOf(text));
  return new DialError("handshake", `TLS: ${text}`, error);
}

/** What else the TLS library's text tells. */
function detailOf(text: string): string {
  if (text.includes("UnknownIssuer")) return UNKNOWN_AUTHORITY.detail;
  // With TLS 1.2 a server has no other alert for a missing certificate.
  if (text.includes("HandshakeFailure")) return " (or a client certificate missing?)";
  const [, names = ""] = /only valid for (.*)$/s.exec(text) ?? [];
  const each = Array.from(names.matchAll(/\("?([\x21-\x7e]+?)"?\)/g), ([, name]) => name);
  return each.length > 0 ? `; it is for ${shortened(each.join(", "))}` : "";
}
