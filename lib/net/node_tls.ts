/**
 * TLS by `node:tls`, for upstreams that need what the runtime's own cannot do: show the certificate of the
 * server (pins), trust authorities for one upstream alone, present a certificate of ours, or let anybody
 * in. Measured on Deno 2.9.6: a query costs more this way, so no other upstream takes it.
 *
 * The socket verifies but does not refuse; `checkPeer()` does, since after a refusal the certificate
 * could not be looked at for the reason. Nothing is written before (RFC 8310, 5), and never early data.
 */

import { connect as connectTcp, type Socket } from "node:net";
import {
  connect as startTls,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type TLSSocket,
} from "node:tls";
import { systemClock } from "../base/clock.ts";
import { isIpAddress } from "./address.ts";
import { fixedAddress } from "./address_source.ts";
import { shownCertificates } from "./certificate_path.ts";
import type { DialOptions, Stream, TlsTarget } from "./dial.ts";
import { connectError, DialError, handshakeError, silence } from "./dial_error.ts";
import type { ConnectedPeer, Identity } from "./identity.ts";
import { NodeStream } from "./node_stream.ts";
import { openFirst, type Opening } from "./open_first.ts";
import { areInDate, checkPeer, type Handshake } from "./peer_check.ts";
import type { TlsSession } from "./tls_session.ts";
import { checkPeerUndated } from "./undated_check.ts";

interface ObservedHandshake extends Handshake {
  readonly isResumed: boolean;
}

/** Opens a stream to `target`; rejects with `DialError`. */
export async function dialNodeTls(
  target: TlsTarget,
  identity: Identity,
  options: DialOptions,
): Promise<Stream> {
  const { source = fixedAddress(target.hostname), clock = systemClock, timeout } = options;
  const opening: Opening<Socket, Stream> = {
    connect: (address, signal) => connected(address, target.port, signal),
    close: (socket) => void socket.destroy(),
    secure: (socket, _, rest) => secure(socket, target, identity, options, rest),
  };
  return await openFirst(source, opening, timeout, clock);
}

async function secure(
  connection: Socket,
  target: TlsTarget,
  identity: Identity,
  options: DialOptions,
  timeout: number,
): Promise<Stream> {
  connection.setNoDelay(true);
  connection.setKeepAlive(true);
  const session = canResume(options) ? options.session : undefined;
  const socket = startTls({
    socket: connection,
    ...tlsOptions(target, options),
    session: session?.offer,
  });
  socket.on("session", (latest) => session?.onSession(latest));
  const stream = new NodeStream(socket);
  const certificateOf = guardReading(socket);
  try {
    await secured(socket, timeout, options.timeout);
    const handshake = handshakeOf(socket, certificateOf(), session);
    const peer = checked(handshake, target.serverName, identity, options);
    options.onPeer?.(peer);
    return stream;
  } catch (error) {
    socket.destroy();
    if (error instanceof DialError) throw error;
    throw unchecked(error);
  }
}

/** What the runtime cannot read, or not do, it throws in its own words. */
function unchecked(cause: unknown): DialError {
  const error = new DialError("TLS trust", "certificate not checked: it cannot be read", cause);
  if (!error.isUnsupported) return error;
  const why = "this program's runtime is too old for that";
  return new DialError("TLS trust", `certificate not checked: ${why}`, cause);
}

/** The runtime resumes no session where authorities or a certificate are given. */
function canResume({ caCerts, client, isUndated }: DialOptions): boolean {
  return caCerts.length === 0 && !client && !isUndated;
}

/**
 * The runtime (Deno 2.9.6) reads the certificates of a server that verifies, where nobody can catch what it throws
 * for one further up that cannot be read: the handshake would never end. Returns what reads them for us, and throws.
 */
function guardReading(socket: TLSSocket): () => DetailedPeerCertificate {
  const read = socket.getPeerCertificate.bind(socket);
  const guarded = () => {
    try {
      return read(true);
    } catch {
      // Told once the handshake is over, and it is read again.
      return {};
    }
  };
  socket.getPeerCertificate = guarded as typeof socket.getPeerCertificate;
  return () => read(true);
}

function handshakeOf(
  socket: TLSSocket,
  certificate: DetailedPeerCertificate,
  session: TlsSession | undefined,
): ObservedHandshake {
  const isResumed = socket.isSessionReused();
  if (session && isResumed) {
    const shown = shownCertificates(certificate);
    return { ...session.resumed(certificate, areInDate(shown, Date.now())), isResumed };
  }
  return {
    certificate,
    // A session that nobody asked for says nothing of its server.
    authorized: socket.authorized && !isResumed,
    // Declared as an error, it is the code of one.
    reason: String(socket.authorizationError ?? ""),
    isResumed,
  };
}

/** What is known of the server, if it is the one configured; else throws `DialError`. */
function checked(
  handshake: ObservedHandshake,
  serverName: string,
  identity: Identity,
  { caCerts, floor, isUndated, session }: DialOptions,
): ConnectedPeer {
  const { isResumed } = handshake;
  try {
    const peer = checkPeer(handshake, serverName, identity, caCerts);
    if (handshake.authorized) floor?.onProof();
    if (!isResumed) session?.onPeer(handshake);
    return { ...peer, isResumed };
  } catch (error) {
    // Only now that all of it was tried with the clock, and did not do.
    if (!isUndated || !floor?.isWrong || !(error instanceof DialError)) throw error;
    return { ...checkPeerUndated(handshake, serverName, identity, caCerts), isResumed };
  }
}

function tlsOptions(target: TlsTarget, options: DialOptions): ConnectionOptions {
  const { caCerts, client } = options;
  return {
    // What the certificate is verified for where that is an address, as an address is no server name (RFC 6066, 3).
    host: target.serverName,
    servername: isIpAddress(target.serverName) ? undefined : target.serverName,
    ALPNProtocols: options.alpn ? ["dot"] : undefined,
    minVersion: "TLSv1.2",
    rejectUnauthorized: false,
    ca: caCerts.length > 0 ? [...caCerts] : undefined,
    cert: client?.cert,
    key: client?.key,
  };
}

/** A connection by TCP; rejects with `DialError`. */
function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    // Until TLS takes over nobody may read: older runtimes would lose what they read of the handshake.
    socket.pause();
    const giveUp = () => socket.destroy(new Error("not wanted any more"));
    signal.addEventListener("abort", giveUp);
    const end = () => signal.removeEventListener("abort", giveUp);
    socket.once("connect", () => {
      end();
      socket.removeListener("error", fail);
      resolve(socket);
    });
    const fail = (error: Error) => {
      end();
      reject(connectError(error));
    };
    socket.once("error", fail);
  });
}

/** Resolves when the handshake is done, unverified; rejects with `DialError`. `whole` is the time for the message. */
function secured(socket: TLSSocket, timeout: number, whole: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(silence(whole)), timeout);
    const end = (act: () => void) => () => {
      clearTimeout(timer);
      act();
    };
    const fail = (error: unknown) => end(() => reject(handshakeError(error)))();
    socket.once("secureConnect", end(resolve));
    socket.once("error", fail);
    socket.once("close", () => fail(new Error("closed: eof")));
  });
}
