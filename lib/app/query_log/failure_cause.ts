/** Why there was no response, in words: what clients are told as extended errors (RFC 8914). */

import { findOption, OPTION_HEADER_LENGTH, OptionCode } from "../../dns/edns.ts";
import { uint16 } from "../../dns/header.ts";
import type { Failure } from "../../resolver/failure.ts";
import { printable } from "../printable.ts";
import { extendedErrorName } from "../query/edns_text.ts";

const CODE_LENGTH = 2;

/** The texts, or the names of the codes where there is none; undefined where nothing is told. */
export function causeOf({ options }: Failure): string | undefined {
  const texts: string[] = [];
  const names: string[] = [];
  const code = OptionCode.EXTENDED_ERROR;
  let at = findOption(options, 0, options.length, code);
  while (at >= 0) {
    const start = at + OPTION_HEADER_LENGTH;
    const end = start + uint16(options, at + 2);
    if (end - start > CODE_LENGTH) texts.push(textOf(options.subarray(start + CODE_LENGTH, end)));
    if (end - start >= CODE_LENGTH) names.push(extendedErrorName(uint16(options, start)));
    at = findOption(options, end, options.length, code);
  }
  const told = texts.length > 0 ? texts : names;
  return told.length > 0 ? told.join("; ") : undefined;
}

/** Some servers end it with a zero. */
function textOf(octets: Uint8Array): string {
  return printable(new TextDecoder().decode(octets).replace(/\0+$/, ""));
}
