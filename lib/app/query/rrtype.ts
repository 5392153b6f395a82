/** Names of record types, and those without name as `TYPE123` (RFC 3597, 5). */

import types from "dns-packet/types";

/** Younger than the package. */
const SERVICE_BINDINGS: Readonly<Record<string, number>> = { SVCB: 64, HTTPS: 65 };
const LARGEST_TYPE = 0xffff;

export function typeName(type: number): string {
  const own = Object.keys(SERVICE_BINDINGS).find((name) => SERVICE_BINDINGS[name] === type);
  return own ?? genericName(types.toString(type));
}

/** The form of RFC 3597 for what the package does not know. */
export function genericName(name: string): string {
  return name.replace(/^UNKNOWN_/, "TYPE");
}

/** The number of the type that a person wrote, or undefined. */
export function parseType(text: string): number | undefined {
  const name = text.toUpperCase();
  const [, digits] = /^TYPE(\d{1,5})$/.exec(name) ?? [];
  const known = /^[A-Z][A-Z0-9]*$/.test(name) ? types.toType(name) : 0;
  const number = digits === undefined ? SERVICE_BINDINGS[name] ?? known : Number(digits);
  return number > 0 && number <= LARGEST_TYPE ? number : undefined;
}
