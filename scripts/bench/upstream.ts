/**
 * The upstream of all contenders: dnsdist, which answers every A query over TLS by itself and counts.
 *
 * TTL 0 so that nobody keeps an answer. The count is held against the answers that clients got: where
 * it is lower, somebody answered from a cache, and the comparison is worth nothing.
 */

import { freePort, PEER_NAME, peerTrust, RealPeer } from "../../tests/helpers/real_peer.ts";

export class BenchUpstream implements AsyncDisposable {
  /** The certificate of the authority, PEM. */
  readonly authority: string;
  readonly #peer: RealPeer;
  readonly #statistics: string;

  private constructor(peer: RealPeer, authority: string, statistics: string) {
    this.authority = authority;
    this.#peer = peer;
    this.#statistics = statistics;
  }

  static async start(): Promise<BenchUpstream> {
    const { authority, identity } = await peerTrust();
    const statisticsPort = freePort();
    const peer = await RealPeer.start((port) => ({
      program: "dnsdist",
      args: ["--supervised", "--disable-syslog", "-C", "dnsdist.conf"],
      files: {
        "dnsdist.conf": configuration(port, statisticsPort),
        "certificate.pem": identity.cert,
        "key.pem": identity.key,
      },
      probe: ["+tls"],
    }));
    const statistics = `http://127.0.0.1:${statisticsPort}/jsonstat?command=stats`;
    return new BenchUpstream(peer, authority.pem, statistics);
  }

  get port(): number {
    return this.#peer.port;
  }

  /** As dnsfwd takes it. */
  get uri(): string {
    return `tls://127.0.0.1:${this.port}#${PEER_NAME}`;
  }

  /** How many queries have come so far. */
  async queries(): Promise<number> {
    const { queries } = await (await fetch(this.#statistics)).json();
    return Number(queries);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer.stop();
  }
}

/** The server that dnsdist insists on is never asked. */
function configuration(port: number, statisticsPort: number): string {
  return `
setSecurityPollSuffix("")
setLocal("127.0.0.1:${freePort()}")
addTLSLocal("127.0.0.1:${port}", "certificate.pem", "key.pem", {maxInFlight=60000})
setTCPRecvTimeout(60)
webserver("127.0.0.1:${statisticsPort}")
setWebserverConfig({statsRequireAuthentication=false, acl="127.0.0.0/8"})
newServer("127.0.0.1:${freePort()}")
addAction(QTypeRule("A"), SpoofAction("192.0.2.1", {ttl=0}))
addAction(AllRule(), RCodeAction(DNSRCode.NXDOMAIN))`;
}
