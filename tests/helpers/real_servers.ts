/**
 * The real servers of the tests and their configurations. All hold the zone `example.` of
 * `ZONE_QUESTIONS` and everything below `many.example.`, and ask nobody else.
 */

import type { Program } from "./program.ts";
import { freePort, HERE, PEER_NAME, peerTrust, type Place, RealPeer } from "./real_peer.ts";
import { startWithUpstreams } from "./scenario.ts";

/** The names of these files. */
export const TLS_FILES = {
  certificate: "certificate.pem",
  key: "key.pem",
  authority: "authority.pem",
};

/** Questions that every server answers from its own data: records, no data, no such name. */
export const ZONE_QUESTIONS = [
  ["one.example", "A"],
  ["two.example", "A"],
  ["one.example", "AAAA"],
  ["one.example", "TXT"],
  ["one.example", "MX"],
  ["no-such-name.example", "A"],
  ["x17.many.example", "A"],
  ["x17.many.example", "AAAA"],
] as const;

/** 1,650 octets of text: more than a datagram may carry (RFC 9715). */
export const LARGE_TEXT = Array.from({ length: 11 }, (_, i) => `${i}-`.padEnd(150, "x"));

/** 60 addresses: more than 512 octets, less than 1,232. */
const CROWD = Array.from(
  { length: 60 },
  (_, i) => `local-data: "crowd.example. 300 A 192.0.2.${i}"`,
);

const UNBOUND_ZONE = `
  local-zone: "example." static
  local-data: "example. 3600 SOA ns.example. hostmaster.example. 1 3600 900 604800 300"
  local-data: "example. 3600 NS ns.example."
  local-data: "one.example. 300 A 192.0.2.1"
  local-data: "one.example. 300 AAAA 2001:db8::1"
  local-data: 'one.example. 300 TXT "a text"'
  local-data: "two.example. 300 A 192.0.2.21"
  local-data: "two.example. 300 A 192.0.2.22"
  local-data: 'large.example. 300 TXT ${LARGE_TEXT.map((text) => `"${text}"`).join(" ")}'
  ${CROWD.join("\n  ")}
  local-zone: "many.example." redirect
  local-data: "many.example. 300 A 192.0.2.7"`;

export interface UnboundOptions {
  /** More lines of the `server:` clause. */
  readonly server?: string;
  /** More clauses. */
  readonly clauses?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Plain DNS instead of TLS. */
  readonly plain?: boolean;
  /** Without the zone: a resolver that asks others. */
  readonly empty?: boolean;
  readonly place?: Place;
}

export async function startUnbound(options: UnboundOptions = {}): Promise<RealPeer> {
  const tls = await tlsFiles();
  const place = options.place ?? HERE;
  const configuration = (port: number) => `
server:
  directory: "."
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: ${place.address}@${port}
  ${options.plain ? "" : `tls-port: ${port}`}
  tls-service-pem: "${TLS_FILES.certificate}"
  tls-service-key: "${TLS_FILES.key}"
  access-control: 0.0.0.0/0 allow
  do-ip6: no
  num-threads: 1
  incoming-num-tcp: 64
  rrset-roundrobin: no
  ${options.server ?? 'module-config: "iterator"'}
  ${options.empty ? "" : UNBOUND_ZONE}
remote-control:
  control-enable: no
${options.clauses ?? ""}`;
  return await RealPeer.start((port) => ({
    program: "unbound",
    args: ["-d", "-p", "-c", "unbound.conf"],
    files: { "unbound.conf": configuration(port), ...tls, ...options.files },
    probe: options.plain ? [] : ["+tls"],
    place,
  }));
}

export interface DnsdistOptions {
  /** Options of the TLS listener, as a Lua table has them. */
  readonly listener?: string;
  /** More lines of the configuration. */
  readonly lines?: string;
}

/** dnsdist as TLS server in front of a plain server. */
export async function startDnsdist(
  serverPort: number,
  options: DnsdistOptions = {},
): Promise<RealPeer> {
  const tls = await tlsFiles();
  return await RealPeer.start((port) => ({
    program: "dnsdist",
    args: ["--supervised", "--disable-syslog", "-C", "dnsdist.conf"],
    files: {
      "dnsdist.conf": `
setSecurityPollSuffix("")
setLocal("127.0.0.1:${freePort()}")
addTLSLocal("127.0.0.1:${port}", "${TLS_FILES.certificate}", "${TLS_FILES.key}", {${
        options.listener ?? ""
      }})
newServer({address="127.0.0.1:${serverPort}"}):setUp()
${options.lines ?? ""}`,
      ...tls,
    },
    probe: ["+tls"],
  }));
}

export async function startKresd(): Promise<RealPeer> {
  const tls = await tlsFiles();
  return await RealPeer.start((port) => ({
    program: "kresd",
    // The configuration's path is taken from where kresd is started, not from its run directory.
    args: ["-n", "-c", "./kresd.conf", "."],
    files: { "kresd.conf": kresdConfiguration(port), ...tls },
    probe: ["+tls"],
  }));
}

function kresdConfiguration(port: number): string {
  return `
net.listen('127.0.0.1', ${port}, { kind = 'tls' })
net.tls('${TLS_FILES.certificate}', '${TLS_FILES.key}')
net.ipv6 = false
trust_anchors.remove('.')
for _, name in ipairs({ 'priming', 'detect_time_skew' }) do modules.unload(name) end
local function answer(names, records)
  policy.add(policy.suffix(policy.ANSWER(records, true), policy.todnames(names)))
end
local one = kres.str2ip('192.0.2.1')
local two = { kres.str2ip('192.0.2.21'), kres.str2ip('192.0.2.22') }
answer({'one.example'}, {
  [kres.type.A] = { rdata = one, ttl = 300 },
  [kres.type.AAAA] = { rdata = kres.str2ip('2001:db8::1'), ttl = 300 },
  [kres.type.TXT] = { rdata = '\\6a text', ttl = 300 },
})
answer({'two.example'}, { [kres.type.A] = { rdata = two, ttl = 300 } })
answer({'many.example'}, { [kres.type.A] = { rdata = kres.str2ip('192.0.2.7'), ttl = 300 } })
policy.add(policy.all(policy.DENY))`;
}

/** stunnel as TLS client: plain TCP in, TLS to `upstreamPort` out, the certificate verified. */
export function startStunnel(upstreamPort: number): Promise<RealPeer> {
  const service = `client = yes
connect = 127.0.0.1:${upstreamPort}
CAfile = ${TLS_FILES.authority}
verifyChain = yes
checkHost = ${PEER_NAME}`;
  return startStunnelService(service, ["+tcp"]);
}

/** stunnel as TLS server in front of a plain one. */
export function startTlsFront(serverPort: number): Promise<RealPeer> {
  const service = `connect = 127.0.0.1:${serverPort}
cert = ${TLS_FILES.certificate}
key = ${TLS_FILES.key}`;
  return startStunnelService(service, ["+tls"]);
}

async function startStunnelService(service: string, probe: readonly string[]): Promise<RealPeer> {
  const tls = await tlsFiles();
  const settings = (port: number) =>
    `foreground = yes
syslog = no
pid =
[dns]
accept = 127.0.0.1:${port}
${service}
`;
  return await RealPeer.start((port) => ({
    program: "stunnel4",
    args: ["stunnel.conf"],
    files: { "stunnel.conf": settings(port), ...tls },
    probe,
  }));
}

/** The program in front of an upstream over TLS, whose certificate it verifies. */
export async function startForwarder(upstreamPort: number, ...args: string[]): Promise<Program> {
  const { authority } = await peerTrust();
  const uri = `tls://127.0.0.1:${upstreamPort}#${PEER_NAME}`;
  return await startWithUpstreams([uri], authority, { args });
}

/** The certificate, its key and its authority, for the directory of a server. */
export async function tlsFiles(): Promise<Record<string, string>> {
  const { authority, identity } = await peerTrust();
  return {
    [TLS_FILES.certificate]: identity.cert,
    [TLS_FILES.key]: identity.key,
    [TLS_FILES.authority]: authority.pem,
  };
}
