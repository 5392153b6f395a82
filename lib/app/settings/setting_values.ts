/** Single values of options, from the texts that stand for them; a mistake is a `ConfigError`. */

import { parseNetwork } from "../../listener/access.ts";
import {
  type Address,
  DNS_PORT,
  isIpAddress,
  isLinkLocal,
  parsePort,
  zoneOf,
} from "../../net/address.ts";
import { ConfigError } from "./config_error.ts";
import { didYouMean } from "./suggestion.ts";
import { addressAdvice, splitAddress } from "./written_address.ts";

const MAX_IDLE_SECONDS = 600;
const MAX_WATCH_SECONDS = 3600;

/** One of `known`, which are the choices of the option. */
export function parseChoice<T extends string>(
  option: string,
  known: readonly T[],
): (text: string) => T {
  return (text) => {
    const found = known.find((each) => each === text);
    if (found !== undefined) return found;
    throw new ConfigError(
      `--${option}`,
      text,
      `allowed are ${known.join(", ")}${didYouMean(text, known)}`,
    );
  };
}

/** `ADDR[:PORT]` of a resolver. */
export function parseBootstrap(text: string): Address {
  const { host, port = `${DNS_PORT}` } = splitAddress("--bootstrap", text);
  const number = parsePort(port);
  if (isIpAddress(host)) checkReach(text, host);
  if (isIpAddress(host) && number) return { hostname: host, port: number };
  const allowed = `${addressAdvice(text)}expected ADDR[:PORT], as in 192.0.2.1`;
  throw new ConfigError("--bootstrap", text, allowed);
}

/** A resolver is asked through the runtime, which knows no links. */
function checkReach(text: string, host: string): void {
  const zone = zoneOf(host);
  if (zone === "" && !isLinkLocal(host)) return;
  const allowed =
    "an address that is good on one link only cannot be asked for names: name another " +
    "address of that resolver, or the upstream by its address";
  throw new ConfigError("--bootstrap", text, allowed);
}

/** The network as it is, if it is one. */
export function checkNetwork(text: string): string {
  if (text.includes("%")) {
    const allowed =
      "a network is allowed without a zone (%...); link-local clients are always served";
    throw new ConfigError("--allow", text, allowed);
  }
  if (parseNetwork(text)) return text;
  throw new ConfigError("--allow", text, "expected a network like 203.0.113.0/24 or 2001:db8::/32");
}

/** Seconds for which the doctor leaves a connection alone. */
export function parseIdle(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MAX_IDLE_SECONDS) return Number(text);
  throw new ConfigError("--idle", text, `expected seconds from 0 to ${MAX_IDLE_SECONDS}`);
}

/** Seconds from one look at an instance to the next. */
export function parseInterval(text: string): number {
  const isWhole = /^\d{1,4}$/.test(text);
  if (isWhole && Number(text) >= 1 && Number(text) <= MAX_WATCH_SECONDS) return Number(text);
  throw new ConfigError("--interval", text, `expected seconds from 1 to ${MAX_WATCH_SECONDS}`);
}
