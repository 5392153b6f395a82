/** Where the program tells of itself over HTTP. */

import {
  type Address,
  formatAddress,
  isIpAddress,
  isIpv4,
  isSameAddress,
  isWildcard,
  parsePort,
} from "../../net/address.ts";
import { ConfigError } from "./config_error.ts";
import { checkZone } from "./listen_address.ts";
import { splitAddress } from "./written_address.ts";

/** Beyond 9100 to 9999, which exporters for Prometheus have among them; ends like DNS over TLS. */
export const METRICS_PORT = 10_853;

/** Where servers of HTTP, Prometheus and its exporters often are. */
const USUAL_PORTS: readonly string[] = ["80", "8080", "9090", "9100", "9153"];

const LOOPBACK = "127.0.0.1";

/** `ADDR[:PORT]`, or a port of loopback, or `none`: undefined. Port 0 asks for any. Throws `ConfigError`. */
export function parseMetrics(text: string): Address | undefined {
  if (text === "none") return undefined;
  if (/^\d+$/.test(text)) return { hostname: LOOPBACK, port: portOf(text, text) };
  const { host, port = `${METRICS_PORT}` } = splitAddress("--metrics", text, text, USUAL_PORTS);
  if (!isIpAddress(host)) {
    const allowed = `expected ADDR[:PORT], as in ${LOOPBACK}:${METRICS_PORT}, a port, or none`;
    throw new ConfigError("--metrics", text, allowed);
  }
  checkZone("--metrics", text, host);
  return { hostname: host, port: portOf(port, text) };
}

/** Throws `ConfigError` where clients are served at the same address and port. */
export function checkMetrics(metrics: Address | undefined, addresses: readonly Address[]): void {
  if (metrics === undefined || !addresses.some((each) => isInTheWay(each, metrics))) return;
  const allowed = "clients are served at this address (--listen); choose another port";
  throw new ConfigError("--metrics", formatAddress(metrics), allowed);
}

function portOf(port: string, text: string): number {
  const number = parsePort(port);
  if (number !== undefined) return number;
  throw new ConfigError("--metrics", text, `port "${port}" is not a number from 0 to 65535`);
}

/** A wildcard stands for every address of its family, that of IPv6 for all. */
function isInTheWay(served: Address, metrics: Address): boolean {
  if (served.port !== metrics.port || metrics.port === 0) return false;
  if (isSameAddress(served, metrics)) return true;
  return isWildcard(metrics.hostname) && (!isIpv4(metrics.hostname) || isIpv4(served.hostname));
}
