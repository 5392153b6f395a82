/** Addresses with or without a port, as settings have them. */

import {
  formatAddress,
  isIpAddress,
  meantAsPort,
  parsePort,
  splitHostPort,
} from "../../net/address.ts";
import { ConfigError } from "./config_error.ts";

/**
 * Splits the address `text`, a part of `value` or all of it, like `splitHostPort()`. Throws a `ConfigError` of
 * `option` where nobody can tell whether an IPv6 address without brackets ends in a port, one that is usual
 * for DNS or among `ports`.
 */
export function splitAddress(
  option: string,
  text: string,
  value = text,
  ports: readonly string[] = [],
): { host: string; port?: string } {
  const meant = meantAsPort(text, ports);
  if (meant === undefined) return splitHostPort(text);
  const allowed =
    `expected brackets: ${value.replace(text, () => formatAddress(meant))} for port ` +
    `${meant.port}, or ${value.replace(text, () => `[${text}]`)} if that is the end of the address`;
  throw new ConfigError(option, value, allowed);
}

/** `did you mean ...? ` for the address of a resolver as other programs write it; empty if nobody can tell. */
export function addressAdvice(text: string): string {
  const plain = text.replaceAll(/["'`\s]/g, "").replace(/^[a-z0-9]+:\/\//i, "")
    .replace(/^@/, "").split("/")[0];
  const [, given, behind] = /^(.*)[@#](\d+)$/.exec(plain) ?? [];
  const { host, port = behind } = splitHostPort((given ?? plain).split("#")[0].replace(/\.$/, ""));
  if (!isIpAddress(host) || (port !== undefined && !parsePort(port))) return "";
  const address = host.includes(":") ? `[${host}]` : host;
  return `did you mean ${port === undefined ? address : `${address}:${port}`}? `;
}
