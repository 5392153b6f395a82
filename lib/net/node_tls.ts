/**
 * TLS by `node:tls`, for upstreams that need what the runtime's own cannot do: show the certificate of the
 * server (pins), trust authorities for one upstream alone, present a certificate of ours, or let anybody
 * in. Measured on Deno 2.9.6: a query costs more this way, so no other upstream takes it.
 *
 * The socket verifies but does not refuse; `checkPeer()` does, since after a refusal the certificate
 * could not be looked at for the reason. Nothing is written before (RFC 8310, 5), and never early data.
 */

import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { isIpAddress } from "./address.ts";
import type { DialOptions, Stream, TlsTarget } from "./dial.ts";
import { connectError, DialError, handshakeError } from "./dial_error.ts";
import type { Identity } from "./identity.ts";
import { NodeStream } from "./node_stream.ts";
import { checkPeer } from "./peer_check.ts";

/** Opens a stream to `target`; rejects with `DialError`. */
export async function dialNodeTls(
  target: TlsTarget,
  identity: Identity,
  options: DialOptions,
): Promise<Stream> {
  const socket = connect(socketOptions(target, options));
  const stream = new NodeStream(socket);
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  try {
    await secured(socket, options.timeout);
    const handshake = {
      certificate: socket.getPeerCertificate(true),
      authorized: socket.authorized,
      // Declared as an error, it is the code of one.
      reason: String(socket.authorizationError ?? ""),
    };
    const peer = checkPeer(handshake, target.serverName, identity, options.caCerts);
    options.onPeer?.(peer);
    return stream;
  } catch (error) {
    socket.destroy();
    if (error instanceof DialError) throw error;
    // What the runtime cannot read it throws in its own words; before 2.9 it could not check signatures.
    const isTooOld = (error as { code?: string }).code === "ERR_NOT_IMPLEMENTED";
    const why = isTooOld ? "this program's runtime is too old for that" : "it cannot be read";
    throw new DialError("certificate", `certificate not checked: ${why}`, error);
  }
}

function socketOptions(target: TlsTarget, options: DialOptions): ConnectionOptions {
  const { caCerts, client } = options;
  return {
    host: options.address ?? target.hostname,
    port: target.port,
    // An address is no server name (RFC 6066, 3); the socket verifies it as `host`.
    servername: isIpAddress(target.serverName) ? undefined : target.serverName,
    ALPNProtocols: options.alpn ? ["dot"] : undefined,
    minVersion: "TLSv1.2",
    rejectUnauthorized: false,
    ca: caCerts.length > 0 ? [...caCerts] : undefined,
    cert: client?.cert,
    key: client?.key,
  };
}

/** Resolves when the handshake is done, unverified; rejects with `DialError`. */
function secured(socket: TLSSocket, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const timer = setTimeout(() => reject(late(isConnected, timeout)), timeout);
    const end = (act: () => void) => () => {
      clearTimeout(timer);
      act();
    };
    const fail = (error: unknown) =>
      end(() => reject(isConnected ? handshakeError(error) : connectError(error)))();
    socket.once("connect", () => isConnected = true);
    socket.once("secureConnect", end(resolve));
    socket.once("error", fail);
    socket.once("close", () => fail(new Error("closed: eof")));
  });
}

function late(isConnected: boolean, timeout: number): DialError {
  const seconds = timeout / 1000;
  return isConnected
    ? new DialError("handshake", `no TLS handshake within ${seconds} s`)
    : new DialError("connect", `no connection within ${seconds} s`);
}
