/** The query of the commands `query` and `doctor`: like the forwarder's, with RD, AD and EDNS. */

import { growOpt, OPTION_HEADER_LENGTH, OptionCode, writeOpt } from "../../dns/edns.ts";
import { Count, Flag, HEADER_LENGTH, setFlags, setMessageId, setUint16 } from "../../dns/header.ts";
import { addPadding, MAX_QUERY_LENGTH, PADDING_BLOCK, PAYLOAD_SIZE } from "../../dns/query.ts";
import type { EdnsForm } from "./edns_form.ts";
import type { Question } from "./question.ts";

export interface QueryOptions {
  /** Whether to pad the query, which is right where it is encrypted (RFC 8467). */
  readonly isPadded: boolean;
  /** Whether to ask how long an idle connection may stay (RFC 7828, 3.2.1). */
  readonly asksKeepalive?: boolean;
  /** What of EDNS it has; options unless given. */
  readonly form?: EdnsForm;
}

const CLASS_IN = 1;

/** A query with this message ID. */
export function makeQuery(
  { name, type }: Question,
  id: number,
  options: QueryOptions,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(MAX_QUERY_LENGTH + OPTION_HEADER_LENGTH + PADDING_BLOCK);
  const end = HEADER_LENGTH + name.length + 4;
  setMessageId(out, id);
  setFlags(out, Flag.RD | Flag.AD);
  setUint16(out, Count.QUESTION, 1);
  setUint16(out, Count.ADDITIONAL, 1);
  out.set(name, HEADER_LENGTH);
  setUint16(out, end - 4, type);
  setUint16(out, end - 2, CLASS_IN);
  if (options.form === "none") {
    setUint16(out, Count.ADDITIONAL, 0);
    return out.slice(0, end);
  }
  let length = writeOpt(out, end, PAYLOAD_SIZE, 0, false);
  if (options.form === "empty") return out.slice(0, length);
  if (options.asksKeepalive) length = addKeepalive(out, end, length);
  if (options.isPadded) length = addPadding(out, end, length);
  return out.slice(0, length);
}

/** Without data: only servers give the time. */
function addKeepalive(out: Uint8Array, opt: number, length: number): number {
  setUint16(out, length, OptionCode.KEEPALIVE);
  growOpt(out, opt, OPTION_HEADER_LENGTH);
  return length + OPTION_HEADER_LENGTH;
}
