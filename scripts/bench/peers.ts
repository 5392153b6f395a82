/**
 * The peers among the contenders and their settings. All forward over TLS, verify the certificate
 * of the upstream (private authority, name), keep the connection, cache nothing, log nothing, and may
 * have as many queries in flight as they can. Otherwise:
 *
 * - unbound: one thread; iterator without validator; one connection carries any number of queries
 *   (200 by default, which means handshakes under load); both buffers of the UDP socket 4 MB.
 * - dnsdist: datagrams are received in batches. With one TCP worker, and as `dnsdist-10` with the ten
 *   that are its default: on two cores, those are a little faster when saturated and need a third more
 *   CPU at 10,000 queries per second.
 * - stubby: its only upstream is not rotated; the idle limit is that of its own example; it pads.
 * - smartdns: no measuring of the addresses in answers, no second address family. It compares the
 *   name with the subject's common name only.
 */

import { PEER_NAME, RealPeer } from "../../tests/helpers/real_peer.ts";
import type { Plan } from "./contender.ts";

type Configuration = (port: number, upstreamPort: number) => string;

/** A program, its configuration file, and the arguments before the name of that file. */
interface Invocation {
  readonly program: string;
  readonly file: string;
  readonly args: readonly string[];
}

const UNBOUND = { program: "unbound", file: "unbound.conf", args: ["-d", "-p", "-c"] };
const DNSDIST = {
  program: "dnsdist",
  file: "dnsdist.conf",
  args: ["--supervised", "--disable-syslog", "-C"],
};
const STUBBY = { program: "stubby", file: "stubby.yml", args: ["-C"] };
const SMARTDNS = { program: "smartdns", file: "smartdns.conf", args: ["-f", "-p", "-", "-c"] };

export const PEERS: readonly Plan[] = [
  peer("unbound", UNBOUND, unbound),
  peer("dnsdist", DNSDIST, (port, upstreamPort) => dnsdist(port, upstreamPort, 1)),
  peer("dnsdist-10", DNSDIST, (port, upstreamPort) => dnsdist(port, upstreamPort, 10)),
  peer("stubby", STUBBY, stubby),
  peer("smartdns", SMARTDNS, smartdns),
];

function peer(name: string, invocation: Invocation, configuration: Configuration): Plan {
  const { program, file, args } = invocation;
  return {
    name,
    programs: [program],
    start: async (upstream, stack) => {
      const peer = await RealPeer.start((port) => ({
        program,
        args: [...args, file],
        files: { [file]: configuration(port, upstream.port), "authority.pem": upstream.authority },
        probe: [],
      }));
      return { port: peer.port, pids: [stack.use(peer).pid] };
    },
  };
}

function unbound(port: number, upstreamPort: number): string {
  return `
server:
  directory: "."
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 0
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  num-threads: 1
  outgoing-range: 8192
  num-queries-per-thread: 4096
  incoming-num-tcp: 64
  max-reuse-tcp-queries: 100000000
  so-rcvbuf: 4m
  so-sndbuf: 4m
  msg-cache-size: 1m
  rrset-cache-size: 1m
  cache-max-ttl: 0
  tls-cert-bundle: "authority.pem"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstreamPort}#${PEER_NAME}
  forward-tls-upstream: yes
  forward-no-cache: yes
remote-control:
  control-enable: no
`;
}

function dnsdist(port: number, upstreamPort: number, workers: number): string {
  return `
setSecurityPollSuffix("")
setLocal("127.0.0.1:${port}")
setMaxUDPOutstanding(65535)
setUDPMultipleMessagesVectorSize(64)
setMaxTCPClientThreads(${workers})
newServer({address="127.0.0.1:${upstreamPort}", tls="openssl", caStore="authority.pem",
  subjectName="${PEER_NAME}", maxInFlight=10000}):setUp()
`;
}

function stubby(port: number, upstreamPort: number): string {
  return `
resolution_type: GETDNS_RESOLUTION_STUB
dns_transport_list:
  - GETDNS_TRANSPORT_TLS
tls_authentication: GETDNS_AUTHENTICATION_REQUIRED
tls_ca_file: "authority.pem"
tls_query_padding_blocksize: 128
edns_client_subnet_private: 1
round_robin_upstreams: 0
idle_timeout: 10000
appdata_dir: "."
listen_addresses:
  - 127.0.0.1@${port}
upstream_recursive_servers:
  - address_data: 127.0.0.1
    tls_port: ${upstreamPort}
    tls_auth_name: "${PEER_NAME}"
`;
}

function smartdns(port: number, upstreamPort: number): string {
  return `
bind 127.0.0.1:${port}
cache-size 0
cache-persist no
speed-check-mode none
dualstack-ip-selection no
log-level fatal
log-file smartdns.log
ca-file authority.pem
server-tls 127.0.0.1:${upstreamPort} -host-name ${PEER_NAME} -tls-host-verify ${PEER_NAME}
`;
}
