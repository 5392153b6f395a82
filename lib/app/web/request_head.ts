/** What a client of HTTP asks for (RFC 9112, 2 to 5), as far as it matters to a server that only tells. */

export interface RequestHead {
  readonly method: string;
  /** Of the target, without a query. */
  readonly path: string;
  /** Name or address, in lower case, without a port; undefined in HTTP/1.0, which need not say. */
  readonly host: string | undefined;
  /** Whether the connection is to stay. */
  readonly isPersistent: boolean;
  /** Whether more octets follow that belong to it. */
  readonly hasBody: boolean;
}

/** Status codes for what cannot be understood. */
export type Misunderstanding = 400 | 505;

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
/**
 * No space before the colon, and no line that continues the one before (RFC 9112, 5.1 and 5.2). Spaces around
 * the value are left to whoever trims it: what can match in two ways takes long to fail.
 */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/;
const ABSOLUTE_TARGET = /^http:\/\/([^/?#]+)([^]*)$/i;
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::\d*)?$/i;

/** Of the lines before the empty one, in Latin-1. */
export function parseHead(text: string): RequestHead | Misunderstanding {
  const [first, ...rest] = text.split(/\r?\n/);
  const [, method, target, major, minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined) return 400;
  if (major !== "1") return 505;
  const fields = fieldsOf(rest);
  if (fields === undefined) return 400;
  const [, authority, rooted = target] = ABSOLUTE_TARGET.exec(target) ?? [];
  const host = hostOf(authority, fields.get("host") ?? []);
  if (host === undefined && (minor !== "0" || fields.has("host"))) return 400;
  return {
    method,
    path: rooted.split(/[?#]/, 1)[0] || "/",
    host,
    isPersistent: minor !== "0" && !tokens(fields, "connection").includes("close"),
    hasBody: fields.has("transfer-encoding") || tokens(fields, "content-length").some(isNotZero),
  };
}

/** Values by name in lower case; undefined where a line is none. */
function fieldsOf(lines: readonly string[]): Map<string, string[]> | undefined {
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    const values = fields.get(key) ?? [];
    values.push(value.trim());
    fields.set(key, values);
  }
  return fields;
}

/** That of the target counts more than the field, of which there must be one (RFC 9112, 3.2). */
function hostOf(authority: string | undefined, given: readonly string[]): string | undefined {
  if (given.length > 1) return undefined;
  const [, host] = HOST.exec(authority ?? given.at(0) ?? "") ?? [];
  return host?.toLowerCase().replace(/^\[(.*)\]$/, "$1");
}

function tokens(fields: ReadonlyMap<string, readonly string[]>, name: string): string[] {
  const values = fields.get(name) ?? [];
  return values.flatMap((value) => value.split(",")).map((token) => token.trim().toLowerCase());
}

function isNotZero(length: string): boolean {
  return !/^0+$/.test(length);
}
