/** Replies of HTTP (RFC 9112, 6): the head, and what it is the head of. */

export interface Content {
  /** 200 unless given. */
  readonly status?: Status;
  /** Media type. */
  readonly type: string;
  readonly text: string;
  /** What a page may use besides nothing at all, as directives of a content security policy. */
  readonly policy?: string;
}

export interface Reply extends Content {
  readonly status: Status;
}

const REASONS = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
} as const;
export type Status = keyof typeof REASONS;

export const METHODS: readonly string[] = ["GET", "HEAD"];
const PLAIN = "text/plain; charset=utf-8";
/** Nothing is loaded, sent or framed, but for what a page asks for. */
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** One line for a person. */
export function plainReply(status: Status, text: string = REASONS[status]): Reply {
  return { status, type: PLAIN, text: `${text}\n` };
}

/** The octets to send; without the content if `isHead`, and `isLast` if the connection ends with it. */
export function replyOctets(
  { policy, status, text, type }: Reply,
  { isHead, isLast }: { isHead: boolean; isLast: boolean },
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const content = encoder.encode(text);
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${new Date().toUTCString()}`,
    `Content-Type: ${type}`,
    `Content-Length: ${content.length}`,
    "Cache-Control: no-store",
    `Content-Security-Policy: ${policy === undefined ? POLICY : `${POLICY}; ${policy}`}`,
    "Cross-Origin-Resource-Policy: same-origin",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    ...(status === 405 ? [`Allow: ${METHODS.join(", ")}`] : []),
    ...(isLast ? ["Connection: close"] : []),
  ];
  const head = encoder.encode(`${lines.join("\r\n")}\r\n\r\n`);
  if (isHead) return head;
  const whole = new Uint8Array(head.length + content.length);
  whole.set(head);
  whole.set(content, head.length);
  return whole;
}
