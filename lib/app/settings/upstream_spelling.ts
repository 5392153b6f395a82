/** What somebody may have meant who wrote an upstream as other programs have it. */

import { formatAddress, isIpAddress, meantAsPort, splitHostPort } from "../../net/address.ts";
import { isName } from "../host_name.ts";
import { RESOLVER_NAMES, resolverAt } from "./known_resolvers.ts";
import { suggestion } from "./suggestion.ts";

/** What cannot be spoken yet, by scheme. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  dns: "DNS over UDP",
  dnscrypt: "DNSCrypt",
  doh: "DNS over HTTPS",
  doq: "DNS over QUIC",
  h3: "DNS over HTTP/3",
  http: "DNS over HTTP",
  https: "DNS over HTTPS",
  quic: "DNS over QUIC",
  sdns: "a DNS stamp",
  udp: "DNS over UDP",
};
const SCHEME = /^([a-z][a-z0-9+]*)(?::\/+|:(?=[a-z[])|(?<=^(?:tls|dot|https))-|:(?=\d+\.))(.*)$/is;
/** Ports that a resolver has for something else. */
const OTHER_PORTS = [53, 80, 443, 853];

/** What stands in front in the files of other programs: `forward-addr: `, `server=`, `nameserver `. */
const IN_FRONT = /^[a-z][a-z_-]*(?:\s*=\s*|:\s+|\s+)(?=[^\s=])/i;
const ONE_EACH = "expected one resolver: give each an --upstream of its own, or in a file make a " +
  'list of them, as in ["quad9", "cloudflare"]';

/** `did you mean ...?`, or that the scheme is not supported; `otherwise` if nothing is known. */
export function adviseOnUpstream(uri: string, otherwise: string): string {
  const plain = uri.replaceAll(/["'`]/g, "").trim().replace(/;$/, "");
  if (areSeveral(plain)) return ONE_EACH;
  if (/^\/\S+\.sock(et)?$/.test(plain)) return `did you mean unix:${plain}? ${otherwise}`;
  const text = plain.replace(IN_FRONT, "").replaceAll(/\s*([#@:/])\s*/g, "$1");
  const [, written, rest = text] = SCHEME.exec(text) ?? [];
  const scheme = written?.toLowerCase() ?? "";
  const isKnownScheme = scheme in UNSUPPORTED || ["tls", "dot", "tcp"].includes(scheme);
  const meant = tlsForm(isKnownScheme ? rest : text);
  if (scheme in UNSUPPORTED) {
    const known = meant !== undefined && resolverAt(meant.host) !== undefined;
    const advice = known ? `did you mean ${meant.uri}?` : otherwise;
    return `${UNSUPPORTED[scheme]} is not supported yet; ${advice}`;
  }
  const near = suggestion(plain.replaceAll(/\s/g, ""), RESOLVER_NAMES);
  if (near !== undefined) return `did you mean ${near}? ${otherwise}`;
  return meant === undefined ? otherwise : `did you mean ${meant.uri}? ${otherwise}`;
}

/** What to write for the `@RESOLVER` of dig(1). */
export function upstreamForServer(word: string): string {
  const meant = tlsForm(word.slice(1));
  const isKnown = meant !== undefined && resolverAt(meant.host) !== undefined;
  return `--upstream ${isKnown ? meant.uri : "URI"}`;
}

/** Whether it names resolvers, one behind the other. A name behind `#` belongs to what is before it. */
function areSeveral(text: string): boolean {
  if (text.includes("?")) return false;
  const parts = text.split(/\s*[,;|]\s*|\s+(?![#@:?])(?<![#@:/]\s+)/);
  return parts.length > 1 && parts.every((each) => isOne(each.replace(SCHEME, "$2")));
}

function isOne(text: string): boolean {
  return RESOLVER_NAMES.includes(text.toLowerCase()) || tlsForm(text) !== undefined;
}

/** DNS over TLS of the host that `text` names, with the port and name it has, if they can be made out. */
function tlsForm(text: string): { uri: string; host: string } | undefined {
  const [place, ...names] = text.split(/[/?]/)[0].split(/#+/);
  const [behind = ""] = names;
  if (names.length > 1 || (names.length === 1 && behind === "")) return undefined;
  // `@853` is unbound's way to write a port, as `#853` is that of dnsmasq; else a name may stand before @.
  const [, atHost, atPort] = /^(.*)@(\d+)$/.exec(place) ?? [];
  const at = atPort === undefined ? place.lastIndexOf("@") : -1;
  const { host: written, port: inHost } = splitPort(atHost ?? place.slice(at + 1));
  const isPort = /^\d+$/.test(behind);
  const name = asciiName(isPort ? "" : behind);
  const given = asciiName(written);
  const [host, server] = isIpAddress(name) && isFullName(given)
    ? [name, given]
    : [given, name === "" && at > 0 ? userName(place.slice(0, at)) : name];
  if (!isIpAddress(host) && !isFullName(host)) return undefined;
  const port = Number(atPort ?? inHost ?? (isPort ? behind : "853"));
  const shown = port > 0 && port < 65_536 && !OTHER_PORTS.includes(port) ? port : undefined;
  const known = isIpAddress(host) ? nameFor(host, server) : "";
  if (known === undefined) return undefined;
  const address = host.includes(":") ? `[${host}]` : host;
  const authorityText = shown === undefined
    ? address
    : formatAddress({ hostname: host, port: shown });
  return { uri: `tls://${authorityText}${known}`, host };
}

/** In lower case, without a dot at its end, and with letters beyond ASCII as DNS has them (RFC 5891). */
function asciiName(text: string): string {
  const plain = text.replace(/\.$/, "").toLowerCase();
  if (/^[\x21-\x7e]*$/.test(plain)) return plain;
  return URL.parse(`http://${plain}/`)?.hostname || plain;
}

function isFullName(text: string): boolean {
  return isName(text) && text.includes(".");
}

/** What stands before @, where that can be the name of a server. */
function userName(text: string): string {
  return isFullName(text) ? text.toLowerCase() : "";
}

function splitPort(authority: string): { host: string; port?: string } {
  const meant = meantAsPort(authority);
  if (meant !== undefined) return { host: meant.hostname, port: `${meant.port}` };
  return splitHostPort(authority);
}

/** `#NAME`, as it was given or as the resolver at that address has it; undefined for one that is no name. */
function nameFor(host: string, name: string): string | undefined {
  if (isName(name)) return `#${name}`;
  const known = resolverAt(host);
  if (known !== undefined) return `#${known.serverName}`;
  return name === "" ? "" : undefined;
}
