/**
 * Opens a stream to an upstream: TLS (RFC 7858), TCP or a Unix socket. With TLS nothing is returned
 * before name and chain of the server's certificate are verified (RFC 8310, 5); targets with an identity
 * are for `node_tls.ts`.
 *
 * TLS is put on a TCP connection of ours because only there Nagle's algorithm can be turned off, and a
 * name be verified that is not the one connected to.
 */

import { connectError, DialError, handshakeError } from "./dial_error.ts";
import type { ClientCertificate, Identity, Peer } from "./identity.ts";

export interface TlsTarget {
  readonly transport: "tls";
  readonly hostname: string;
  readonly port: number;
  /** What the certificate must be for: a name, or the address. */
  readonly serverName: string;
  /** Left out where name (or address) and authorities are all there is to it. */
  readonly identity?: Identity;
}

export type Target =
  | TlsTarget
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** An open connection; a failed read or write rejects. */
export interface Stream {
  /** Octets read into `buffer`, or null at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  write(octets: Uint8Array): Promise<number>;
  /** Ends our side properly if that goes quickly, then closes; never throws. */
  close(): void;
  /** The address connected to, without brackets; empty for a Unix socket. */
  readonly remoteHost: string;
}

export interface DialOptions {
  /** Milliseconds for connecting and handshake together. */
  readonly timeout: number;
  readonly caCerts: readonly string[];
  /** Shown to the server; only where the target has an identity. */
  readonly client?: ClientCertificate;
  /** Is told of each server let in; only where the target has an identity. */
  readonly onPeer?: (peer: Peer) => void;
  /** Whether to offer "dot" by ALPN. */
  readonly alpn: boolean;
  /** Connect to this address instead of the target's name, which is still the one verified. */
  readonly address?: string;
}

/** Milliseconds that our end of stream may take on its way before the socket is closed regardless. */
export const CLOSE_TIMEOUT = 1000;

/** Opens a stream to `target`, which has no identity; rejects with `DialError`. */
export async function dial(target: Target, options: DialOptions): Promise<Stream> {
  const deadline = performance.now() + options.timeout;
  if (target.transport === "unix") return streamOf(await connectUnix(target.path), "");
  const hostname = options.address ?? target.hostname;
  const connection = await connectTcp(hostname, target.port, options.timeout);
  const remoteHost = (connection.remoteAddr as Deno.NetAddr).hostname;
  connection.setNoDelay(true);
  connection.setKeepAlive(true);
  if (target.transport === "tcp") return streamOf(connection, remoteHost);
  const rest = Math.max(1, deadline - performance.now());
  return streamOf(await secure(connection, target.serverName, options, rest), remoteHost);
}

async function connectUnix(path: string): Promise<Deno.Conn> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    throw connectError(error);
  }
}

async function connectTcp(hostname: string, port: number, timeout: number): Promise<Deno.TcpConn> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  try {
    return await Deno.connect({ hostname, port, signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw connectError(error);
    throw new DialError("connect", `no connection within ${timeout / 1000} s`, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The handshake has no time limit of its own: closing the connection ends it. */
async function secure(
  connection: Deno.TcpConn,
  serverName: string,
  options: DialOptions,
  timeout: number,
): Promise<Deno.TlsConn> {
  let open: Deno.Conn = connection;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    closeQuietly(open);
  }, timeout);
  try {
    const secured = await Deno.startTls(connection, {
      hostname: serverName,
      caCerts: [...options.caCerts],
      alpnProtocols: options.alpn ? ["dot"] : [],
    });
    open = secured;
    await secured.handshake();
    return secured;
  } catch (error) {
    closeQuietly(open);
    if (!isLate) throw handshakeError(error);
    throw new DialError("handshake", `no TLS handshake within ${options.timeout / 1000} s`, error);
  } finally {
    clearTimeout(timer);
  }
}

function streamOf(connection: Deno.Conn, remoteHost: string): Stream {
  return {
    remoteHost,
    read: (buffer) => connection.read(buffer),
    write: (octets) => connection.write(octets),
    close: () => void closeProperly(connection),
  };
}

/** Sends close_notify (RFC 7858, 3.4) unless the peer no longer takes anything. */
async function closeProperly(connection: Deno.Conn): Promise<void> {
  const timer = setTimeout(() => closeQuietly(connection), CLOSE_TIMEOUT);
  try {
    await connection.closeWrite();
  } catch {
    // The connection is gone already, which is all that closing is to achieve.
  }
  clearTimeout(timer);
  closeQuietly(connection);
}

/** A connection that is closed already throws when it is closed again. */
function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
