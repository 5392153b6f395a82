/** Whether a server goes on with the TLS session of an earlier connection (RFC 8446, 2.2; RFC 5077). */

import { connect, type ConnectionOptions } from "node:tls";
import { type Address, isIpAddress } from "../../net/address.ts";
import { handshakeError } from "../../net/dial_error.ts";
import type { Report } from "./report.ts";

type Session = ConnectionOptions["session"];

interface Visit {
  readonly isResumed: boolean;
  /** What the next visit may go on with. */
  readonly session: Session;
}

/** Milliseconds that a server may take to end a connection that we have ended. */
const END_LIMIT = 1000;

/** Connects twice, without verifying and without a query; rejects with `DialError`. */
export async function probeResumption(
  address: Address,
  serverName: string,
  report: Report,
  timeout: number,
): Promise<void> {
  const visit = (session?: Session) =>
    visitOnce({
      host: address.hostname,
      port: address.port,
      servername: isIpAddress(serverName) ? undefined : serverName,
      rejectUnauthorized: false,
      session,
    }, timeout);
  const { session } = await visit();
  report.finding("Resumption", session ? resumptionText(await visit(session)) : NO_SESSION);
}

const NO_SESSION = "none: the server gives out no sessions, each handshake is a full one";

function resumptionText({ isResumed }: Visit): string {
  return isResumed
    ? "the server goes on with the TLS session of an earlier connection"
    : "none: the server gives out sessions, but began anew with one of them";
}

/** The runtime tells of sessions when the connection ends. */
function visitOnce(options: ConnectionOptions, timeout: number): Promise<Visit> {
  const { promise, resolve, reject } = Promise.withResolvers<Visit>();
  let session: Session;
  let isResumed = false;
  let timer = setTimeout(() => socket.destroy(new Error("closed: eof")), timeout);
  const socket = connect(options, () => {
    isResumed = socket.isSessionReused();
    socket.end();
    clearTimeout(timer);
    timer = setTimeout(() => socket.destroy(), END_LIMIT);
  });
  socket.on("session", (latest: Session) => session = latest);
  socket.on("error", (error) => reject(handshakeError(error)));
  socket.on("data", () => {});
  socket.on("close", () => resolve({ isResumed, session }));
  return promise.finally(() => clearTimeout(timer));
}
