/**
 * A TLS connection that is only looked at: nothing is verified and nothing is sent on it. It is made of
 * node:tls, since `Deno.startTls` shows no certificate, and none at all where it does not verify.
 */

import { connect, type ConnectionOptions, type DetailedPeerCertificate } from "node:tls";
import { isIpAddress } from "../../net/address.ts";
import { DialError, handshakeError } from "../../net/dial_error.ts";

/** What a handshake showed; undefined is what the runtime does not tell. */
export interface TlsFacts {
  /** Milliseconds. */
  readonly handshake: number;
  readonly protocol: string | undefined;
  readonly cipher: string | undefined;
  readonly group: string | undefined;
  /** What the server chose by ALPN of "dot", if anything. */
  readonly alpn: string | undefined;
  /** The certificates as sent (DER), that of the server first. */
  readonly chain: readonly Uint8Array[];
}

/** More certificates than that are not followed. */
const MAX_CHAIN = 10;

/** Connects to an address and looks; rejects with `DialError`, which has a cause unless time was up. */
export function inspectTls(
  address: { readonly hostname: string; readonly port: number },
  serverName: string,
  protocols: readonly string[],
  timeout: number,
): Promise<TlsFacts> {
  const { promise, resolve, reject } = Promise.withResolvers<TlsFacts>();
  let connected = performance.now();
  const socket = connect({
    host: address.hostname,
    port: address.port,
    // An address is no name to send (RFC 6066, 3).
    servername: isIpAddress(serverName) ? undefined : serverName,
    ALPNProtocols: [...protocols],
    rejectUnauthorized: false,
  } as ConnectionOptions, () => {
    const handshake = performance.now() - connected;
    resolve({ handshake, ...factsOf(socket) });
  });
  socket.on("connect", () => connected = performance.now());
  socket.on("error", (error) => reject(handshakeError(error)));
  const late = new DialError("handshake", `no TLS handshake within ${timeout / 1000} s`);
  const timer = setTimeout(() => reject(late), timeout);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

function factsOf(socket: ReturnType<typeof connect>): Omit<TlsFacts, "handshake"> {
  const key = told(() => socket.getEphemeralKeyInfo()) as { name?: string; type?: string } | null;
  return {
    protocol: told(() => socket.getProtocol()) ?? undefined,
    cipher: told(() => socket.getCipher())?.name,
    group: key?.name ?? key?.type,
    alpn: socket.alpnProtocol || undefined,
    chain: chainOf(told(() => socket.getPeerCertificate(true))),
  };
}

/** Parts of node:tls exist in name only. */
function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** The last certificate may be its own issuer. */
function chainOf(first: DetailedPeerCertificate | undefined): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate = first;
  while (certificate?.raw && chain.length < MAX_CHAIN) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    certificate = issuer === certificate ? undefined : issuer;
  }
  return chain;
}
