/** The question that a person asks: NAME and TYPE of the command line. */

import { RecordType } from "../../dns/question.ts";
import { ConfigError } from "../settings/config_error.ts";
import { parseName } from "./name_text.ts";
import { parseType } from "./rrtype.ts";

export interface Question {
  /** The name on the wire, not compressed. */
  readonly name: Uint8Array<ArrayBuffer>;
  readonly type: number;
}

const DEFAULT_TYPE = "A";
/** Part of the protocol, or answered by many messages: no question to a resolver. */
const NOT_ASKED: readonly number[] = [
  RecordType.OPT,
  RecordType.TKEY,
  RecordType.TSIG,
  RecordType.IXFR,
  RecordType.AXFR,
];

/** The question that `words` ask, as in `example.org MX`; throws `ConfigError`. */
export function parseQuestion(words: readonly string[]): Question {
  const [name, type = DEFAULT_TYPE, ...more] = words;
  if (name === undefined) {
    throw new ConfigError("NAME", undefined, "missing, as in dnsfwd query example.org AAAA");
  }
  if (more.length > 0) throw new ConfigError("Argument", more[0], "not expected behind the type");
  return { name: checkName(name), type: checkType(type) };
}

function checkName(text: string): Uint8Array<ArrayBuffer> {
  const name = parseName(text);
  if (name !== undefined) return name;
  const allowed = "not a domain name: labels of 1 to 63 octets with dots between them, 255 in all";
  throw new ConfigError("NAME", text, allowed);
}

function checkType(text: string): number {
  const type = parseType(text);
  if (type === undefined) {
    throw new ConfigError("TYPE", text, "not a record type, as in A, AAAA, HTTPS or TYPE65");
  }
  if (!NOT_ASKED.includes(type)) return type;
  throw new ConfigError("TYPE", text, "not a type that a resolver can be asked for");
}
