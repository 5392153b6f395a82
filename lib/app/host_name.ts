/** Host names as people write them. */

const NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** A host name, not an address in disguise: the last label is no number (RFC 3696, 2). */
export function isName(text: string): boolean {
  return NAME.test(text) && !/(^|\.)\d+$/.test(text);
}

/** A host name, with or without a dot at its end, on the wire in lower case; undefined if it is none. */
export function nameOnWire(text: string): Uint8Array<ArrayBuffer> | undefined {
  const name = text.replace(/\.$/, "").toLowerCase();
  if (!isName(name)) return undefined;
  const labels = name.split(".").map((label) => [label.length, ...new TextEncoder().encode(label)]);
  return Uint8Array.from([...labels.flat(), 0]);
}
