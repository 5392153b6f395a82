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

/** `did you mean ...?`, or that the scheme is not supported; `otherwise` if nothing is known. */
export function adviseOnUpstream(uri: string, otherwise: string): string {
  const text = uri.replaceAll(/\s/g, "");
  const [, written, rest = text] = SCHEME.exec(text) ?? [];
  const scheme = written?.toLowerCase() ?? "";
  const isKnownScheme = scheme in UNSUPPORTED || ["tls", "dot", "tcp"].includes(scheme);
  const meant = tlsForm(isKnownScheme ? rest : text);
  if (scheme in UNSUPPORTED) {
    const known = meant !== undefined && resolverAt(meant.host) !== undefined;
    const advice = known ? `did you mean ${meant.uri}?` : otherwise;
    return `${UNSUPPORTED[scheme]} is not supported yet; ${advice}`;
  }
  const near = suggestion(text, RESOLVER_NAMES);
  if (near !== undefined) return `did you mean ${near}? ${otherwise}`;
  return meant === undefined ? otherwise : `did you mean ${meant.uri}? ${otherwise}`;
}

/** DNS over TLS of the host that `text` names, with the port and name it has, if they can be made out. */
function tlsForm(text: string): { uri: string; host: string } | undefined {
  const [place, name = ""] = text.split(/[/?]/)[0].split("#");
  // `user@` is of no use; `@853` is unbound's way to write a port, as `#853` is that of dnsmasq.
  const [, atHost, atPort] = /^(.*)@(\d+)$/.exec(place) ?? [];
  const authority = atHost ?? place.slice(place.lastIndexOf("@") + 1);
  const { host: written, port: inHost } = splitPort(authority);
  const host = written.replace(/\.$/, "").toLowerCase();
  if (!isIpAddress(host) && !(isName(host) && host.includes("."))) return undefined;
  const isPort = /^\d+$/.test(name);
  const port = Number(atPort ?? inHost ?? (isPort ? name : "853"));
  const shown = port > 0 && port < 65_536 && !OTHER_PORTS.includes(port) ? port : undefined;
  const server = isIpAddress(host) ? nameFor(host, isPort ? "" : name) : "";
  const address = host.includes(":") ? `[${host}]` : host;
  const authorityText = shown === undefined
    ? address
    : formatAddress({ hostname: host, port: shown });
  return { uri: `tls://${authorityText}${server}`, host };
}

function splitPort(authority: string): { host: string; port?: string } {
  const meant = meantAsPort(authority);
  if (meant !== undefined) return { host: meant.hostname, port: `${meant.port}` };
  return splitHostPort(authority);
}

/** `#NAME`, as it was given or as the resolver at that address has it. */
function nameFor(host: string, name: string): string {
  const plain = name.replace(/\.$/, "");
  if (isName(plain)) return `#${plain}`;
  const known = resolverAt(host);
  return known === undefined ? "" : `#${known.serverName}`;
}
