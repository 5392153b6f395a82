/** The URIs that name an upstream: `tls://ADDRESS[:853][#NAME][?OPTIONS]` and others. */

import { formatAddress, isIpAddress, parsePort, withoutZone, zoneOf } from "../../net/address.ts";
import type { Target } from "../../net/dial.ts";
import { ConfigError } from "./config_error.ts";
import { checkZone } from "./listen_address.ts";
import { isName } from "../host_name.ts";
import { OptionError, parseTlsOptions, type TlsOptions } from "./identity_options.ts";
import { adviseOnUpstream } from "./upstream_spelling.ts";
import { splitAddress } from "./written_address.ts";

const TLS_PORT = 853;
const FORMS = "allowed are tls://ADDRESS[:853][#NAME][?OPTIONS], tls://NAME[:853][?OPTIONS], " +
  "tcp://ADDRESS:PORT and unix:PATH";
/** The target that `uri` names; throws `ConfigError`. */
export function parseUpstream(uri: string): Target {
  const [, written, rest] = /^(tls:\/\/|tcp:\/\/|unix:)(.*)$/is.exec(uri) ?? [];
  const scheme = written?.toLowerCase();
  if (scheme === "tls://") return parseTls(uri, rest);
  if (scheme === "tcp://") return parseTcp(uri, rest);
  if (scheme === "unix:" && rest !== "") {
    return { transport: "unix", path: rest.replace(/^\/\//, "") };
  }
  throw new ConfigError("--upstream", uri, adviseOnUpstream(uri, FORMS));
}

/** The upstream as logs name it: without options. */
export function formatTarget(target: Target): string {
  if (target.transport === "unix") return `unix:${target.path}`;
  const address = formatAddress(target);
  if (target.transport === "tcp") return `tcp://${address}`;
  const name = target.serverName === withoutZone(target.hostname) ? "" : `#${target.serverName}`;
  return `tls://${address}${name}`;
}

/** The upstream in a few octets, for extended errors. */
export function shortName(target: Target): string {
  if (target.transport === "unix") return "socket";
  return target.transport === "tls" ? target.serverName : formatAddress(target);
}

/** Whether the address has to be asked for. */
export function isNamed(target: Target): boolean {
  return target.transport === "tls" && !isIpAddress(target.hostname);
}

/** Whether its addresses are worth keeping: its server proves that they are right. */
export function keepsAddresses(target: Target): boolean {
  return isNamed(target) && !isOpportunistic(target);
}

/** Whether it may be asked for some names before this machine's clock is set. */
export function hasTimeSync(target: Target): boolean {
  return timeSyncText(target) !== undefined;
}

/** The names of `before-time-sync`, which are the same for all targets that have it. */
export function timeSyncNames(targets: readonly Target[]): readonly Uint8Array[] {
  const names = targets.map((each) => each.transport === "tls" ? each.beforeTimeSync : undefined);
  return names.find((each) => each !== undefined) ?? [];
}

/** The names of `before-time-sync` in one spelling and order; undefined without that. */
export function timeSyncText(target: Target): string | undefined {
  if (target.transport !== "tls") return undefined;
  return target.beforeTimeSync?.map((name) => name.join(".")).toSorted().join(" ");
}

/** Whether nobody knows who is asked, though it is encrypted (RFC 8310, 5). */
export function isOpportunistic(target: Target): boolean {
  return target.transport === "tls" && target.identity?.isAuthenticated === false;
}

function parseTls(uri: string, rest: string): Target {
  const { place, query } = splitOptions(rest);
  const [authority, written, ...more] = place.split("#");
  const name = written && plainName(written);
  if (more.length > 0 || (name !== undefined && !isName(name))) {
    const allowed = "the part behind # must be the name in the certificate";
    throw new ConfigError("--upstream", uri, adviseOnUpstream(uri, allowed));
  }
  const { hostname, port } = parseAuthority(uri, authority, TLS_PORT);
  if (port === 53) {
    throw new ConfigError(
      "--upstream",
      uri,
      "port 53 is for DNS in the clear; DNS over TLS uses 853",
    );
  }
  if (!isIpAddress(hostname) && !isName(hostname)) {
    const allowed = `"${hostname}" is neither an address nor a name`;
    throw new ConfigError("--upstream", uri, adviseOnUpstream(uri, allowed));
  }
  // A certificate knows nothing of our interfaces.
  const serverName = name ?? withoutZone(hostname);
  const target = { transport: "tls", hostname, port, serverName } as const;
  if (query === undefined) return target;
  const options = optionsOf(uri, query);
  if (options.identity !== undefined) checkZoneFree(uri, hostname);
  return { ...target, ...options };
}

/** Connections that check more than name and authority cannot be made on a link of one's choice. */
function checkZoneFree(uri: string, hostname: string): void {
  const zone = zoneOf(hostname);
  if (zone === "") return;
  const allowed = `options behind ? cannot be used with an address on one link (%${zone}): ` +
    "name another address of the upstream, or use --ca instead";
  throw new ConfigError("--upstream", uri, allowed);
}

/** A name in the spelling that certificates are compared by: lower case, without a dot at its end. */
function plainName(host: string): string {
  const plain = host.replace(/\.$/, "");
  return isName(plain) ? plain.toLowerCase() : host;
}

/** Takes off what stands behind `?`, which may come before `#NAME` (as in a URI) or after it. */
function splitOptions(text: string): { place: string; query?: string } {
  const [, authority, inner, name = ""] = /^([^?#]*)\?([^#]*)(#.*)?$/s.exec(text) ?? [];
  if (inner !== undefined && !name.includes("?")) return { place: authority + name, query: inner };
  const at = text.indexOf("?");
  return at < 0 ? { place: text } : { place: text.slice(0, at), query: text.slice(at + 1) };
}

function optionsOf(uri: string, query: string): TlsOptions {
  try {
    return parseTlsOptions(query);
  } catch (error) {
    if (error instanceof OptionError) throw new ConfigError("--upstream", uri, error.message);
    throw error;
  }
}

function parseTcp(uri: string, rest: string): Target {
  if (rest.includes("?")) {
    throw new ConfigError("--upstream", uri, "options behind ? are for tls:// alone");
  }
  const { hostname, port } = parseAuthority(uri, rest);
  if (!isIpAddress(hostname)) {
    throw new ConfigError("--upstream", uri, `"${hostname}" is not an IPv4 or [IPv6] address`);
  }
  return { transport: "tcp", hostname, port };
}

function parseAuthority(uri: string, text: string, defaultPort?: number) {
  const { host, port } = splitAddress("--upstream", text, uri);
  if (host === "" || /[/?@\s]/.test(text)) {
    throw new ConfigError("--upstream", uri, adviseOnUpstream(uri, FORMS));
  }
  if (isIpAddress(host)) checkZone("--upstream", uri, host);
  if (port === undefined && defaultPort === undefined) {
    throw new ConfigError("--upstream", uri, "the port is missing, as in tcp://127.0.0.1:5353");
  }
  const number = port === undefined ? defaultPort : parsePort(port);
  if (!number) {
    throw new ConfigError("--upstream", uri, `port "${port}" is not a number from 1 to 65535`);
  }
  return { hostname: plainName(host), port: number };
}
