/** What an upstream is called in a sentence. */

import type { KnownUpstream } from "./known_report.ts";

/** The name to verify, else where it is; all of its URI where another upstream has the same. */
export function upstreamName(
  { name = "of an unknown name" }: KnownUpstream,
  all: readonly KnownUpstream[],
): string {
  const short = shortName(name);
  const isUnique = all.filter((each) => shortName(each.name ?? "") === short).length < 2;
  return isUnique ? short : name;
}

/** Of `tls://192.0.2.1:853#dns.example?pin=...`, `dns.example`. */
function shortName(uri: string): string {
  const [place] = uri.replace(/^(tls|tcp):\/\//, "").split("?");
  return place.split("#").at(-1) || place;
}
