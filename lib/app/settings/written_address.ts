/** Addresses with or without a port, as settings have them. */

import { formatAddress, meantAsPort, splitHostPort } from "../../net/address.ts";
import { ConfigError } from "./config_error.ts";

/**
 * Splits the address `text`, a part of `value` or all of it, like `splitHostPort()`. Throws a `ConfigError` of
 * `option` where nobody can tell whether an IPv6 address without brackets ends in a port.
 */
export function splitAddress(
  option: string,
  text: string,
  value = text,
): { host: string; port?: string } {
  const meant = meantAsPort(text);
  if (meant === undefined) return splitHostPort(text);
  const allowed =
    `expected brackets: ${value.replace(text, () => formatAddress(meant))} for port ` +
    `${meant.port}, or ${value.replace(text, () => `[${text}]`)} if that is the end of the address`;
  throw new ConfigError(option, value, allowed);
}
