/** The URIs that name an upstream. */

import { formatAddress, isIpAddress, parsePort, splitHostPort } from "../net/address.ts";
import type { Target } from "../net/dial.ts";
import { ConfigError } from "./config_error.ts";

const TLS_PORT = 853;
const FORMS =
  "allowed are tls://ADDRESS[:853][#NAME], tls://NAME[:853], tcp://ADDRESS:PORT and unix:PATH";
const NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** The target that `uri` names; throws `ConfigError`. */
export function parseUpstream(uri: string): Target {
  const [, scheme, rest] = /^(tls:\/\/|tcp:\/\/|unix:)(.*)$/s.exec(uri) ?? [];
  if (scheme === "tls://") return parseTls(uri, rest);
  if (scheme === "tcp://") return parseTcp(uri, rest);
  if (scheme === "unix:" && rest !== "") {
    return { transport: "unix", path: rest.replace(/^\/\//, "") };
  }
  throw new ConfigError("--upstream", uri, FORMS);
}

/** The upstream as logs name it. */
export function formatTarget(target: Target): string {
  if (target.transport === "unix") return `unix:${target.path}`;
  const address = formatAddress(target);
  if (target.transport === "tcp") return `tcp://${address}`;
  const name = target.serverName === target.hostname ? "" : `#${target.serverName}`;
  return `tls://${address}${name}`;
}

/** The upstream in a few octets, for extended errors. */
export function shortName(target: Target): string {
  if (target.transport === "unix") return "socket";
  return target.transport === "tls" ? target.serverName : formatAddress(target);
}

function parseTls(uri: string, rest: string): Target {
  const [authority, name, ...more] = rest.split("#");
  if (more.length > 0 || (name !== undefined && !isName(name))) {
    throw new ConfigError(
      "--upstream",
      uri,
      "the part behind # must be the name in the certificate",
    );
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
    throw new ConfigError("--upstream", uri, `"${hostname}" is neither an address nor a name`);
  }
  return { transport: "tls", hostname, port, serverName: name ?? hostname };
}

function parseTcp(uri: string, rest: string): Target {
  const { hostname, port } = parseAuthority(uri, rest);
  if (!isIpAddress(hostname)) {
    throw new ConfigError("--upstream", uri, `"${hostname}" is not an IPv4 or [IPv6] address`);
  }
  return { transport: "tcp", hostname, port };
}

function parseAuthority(uri: string, text: string, defaultPort?: number) {
  const { host, port } = splitHostPort(text);
  if (host === "" || /[/?@\s]/.test(host)) throw new ConfigError("--upstream", uri, FORMS);
  if (port === undefined && defaultPort === undefined) {
    throw new ConfigError("--upstream", uri, "the port is missing, as in tcp://127.0.0.1:5353");
  }
  const number = port === undefined ? defaultPort : parsePort(port);
  if (!number) {
    throw new ConfigError("--upstream", uri, `port "${port}" is not a number from 1 to 65535`);
  }
  return { hostname: host, port: number };
}

/** A host name, not an address in disguise: the last label is no number (RFC 3696, 2). */
function isName(text: string): boolean {
  return NAME.test(text) && !/(^|\.)\d+$/.test(text);
}
