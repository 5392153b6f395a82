/**
 * Opens a stream to an upstream: TLS (RFC 7858), TCP or a Unix socket. With TLS nothing is returned
 * before name and chain of the server's certificate are verified (RFC 8310, 5); targets with an identity
 * are for `node_tls.ts`.
 *
 * TLS is put on a TCP connection of ours because only there Nagle's algorithm can be turned off, and a
 * name be verified that is not the one connected to.
 */

import { type Clock, systemClock } from "../base/clock.ts";
import type { ClockFloor } from "../base/clock_floor.ts";
import { type AddressSource, fixedAddress } from "./address_source.ts";
import { connectError, handshakeError, silence } from "./dial_error.ts";
import type { ClientCertificate, ConnectedPeer, Identity } from "./identity.ts";
import { openFirst, type Opening } from "./open_first.ts";
import type { TlsSession } from "./tls_session.ts";

export interface TlsTarget {
  readonly transport: "tls";
  readonly hostname: string;
  readonly port: number;
  /** What the certificate must be for: a name, or the address. */
  readonly serverName: string;
  /** Left out where name (or address) and authorities are all there is to it. */
  readonly identity?: Identity;
  /**
   * Names on the wire, in lower case: what may be asked while this machine's clock is too wrong to check
   * the validity period of a certificate, such as those of the servers that it is set by.
   */
  readonly beforeTimeSync?: readonly Uint8Array[];
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
  /** The address of this machine that it is connected from, likewise. */
  readonly localHost: string;
}

export interface DialOptions {
  /** Milliseconds for connecting and handshake together. */
  readonly timeout: number;
  readonly caCerts: readonly string[];
  /** Shown to the server; only where the target has an identity. */
  readonly client?: ClientCertificate;
  /** Is told of each server let in; only where the target has an identity. */
  readonly onPeer?: (peer: ConnectedPeer) => void;
  /** That of the last connection, to go on with; only where the target has an identity. */
  readonly session?: TlsSession;
  /** Whether this machine's clock can be right; is told where a chain verifies. */
  readonly floor?: ClockFloor;
  /** While the clock is before `floor`, and only then, validity periods do not matter (`undated_check.ts`). */
  readonly isUndated?: boolean;
  /** Whether to offer "dot" by ALPN. */
  readonly alpn: boolean;
  /** Where to connect to, instead of the target's address; what is verified stays the same. */
  readonly source?: AddressSource;
  /** The system's unless told otherwise; measures attempts to connect, not the handshake. */
  readonly clock?: Clock;
}

/** Milliseconds that our end of stream may take on its way before the socket is closed regardless. */
export const CLOSE_TIMEOUT = 1000;

/** Opens a stream to `target`, which has no identity; rejects with `DialError`. */
export async function dial(target: Target, options: DialOptions): Promise<Stream> {
  if (target.transport === "unix") return streamOf(await connectUnix(target.path), "");
  const { source = fixedAddress(target.hostname), clock = systemClock, timeout } = options;
  const opening: Opening<Deno.TcpConn, Stream> = {
    connect: (address, signal) => connectTcp(address, target.port, signal),
    close: closeQuietly,
    secure: async (connection, address, rest) => {
      connection.setNoDelay(true);
      connection.setKeepAlive(true);
      if (target.transport === "tcp") return streamOf(connection, address);
      return streamOf(await secure(connection, target.serverName, options, rest), address);
    },
  };
  return await openFirst(source, opening, timeout, clock);
}

async function connectUnix(path: string): Promise<Deno.Conn> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    throw connectError(error);
  }
}

async function connectTcp(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname, port, signal });
  } catch (error) {
    throw connectError(error);
  }
}

/**
 * The handshake has no time limit of its own: closing the connection ends it, for us. Deno 2.9.6 keeps the socket
 * open until the server says something, so this is not to be tried again and again (`dialer.ts`).
 */
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
    throw silence(options.timeout, error);
  } finally {
    clearTimeout(timer);
  }
}

function streamOf(connection: Deno.Conn, remoteHost: string): Stream {
  const { localAddr } = connection;
  return {
    remoteHost,
    localHost: "hostname" in localAddr ? localAddr.hostname : "",
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
