/**
 * The client's way to the forwarder: one UDP socket or one TCP connection, whole messages in and
 * out. A channel reads until it is closed or the other end goes; `done` says when that was.
 */
import type { Address } from "../../net/address.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { frame } from "./message.ts";

const READ_LENGTH = 16_384;

/** What a client sends its queries over. */
export type Transport = "UDP" | "TCP";

/** Where messages go out; those that come in go to the function given when it was opened. */
export interface Channel {
  readonly done: Promise<void>;
  send(message: Uint8Array): Promise<void>;
  close(): void;
}

/** Opens a socket or connection of its own, so that each client is seen as another one. */
export function openChannel(
  transport: Transport,
  to: Address,
  onMessage: (message: Uint8Array) => void,
): Promise<Channel> {
  return transport === "UDP" ? openUdp(to, onMessage) : openTcp(to, onMessage);
}

function openUdp(to: Address, onMessage: (message: Uint8Array) => void): Promise<Channel> {
  const hostname = to.hostname.includes(":") ? "::1" : "127.0.0.1";
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const peer: Deno.NetAddr = { transport: "udp", hostname: to.hostname, port: to.port };
  return Promise.resolve({
    done: receiveDatagrams(socket, onMessage),
    send: async (message) => void await socket.send(message, peer),
    close: () => socket.close(),
  });
}

async function receiveDatagrams(
  socket: Deno.DatagramConn,
  onMessage: (message: Uint8Array) => void,
): Promise<void> {
  for await (const [message] of socket) onMessage(message);
}

async function openTcp(to: Address, onMessage: (message: Uint8Array) => void): Promise<Channel> {
  const connection = await Deno.connect({ hostname: to.hostname, port: to.port });
  connection.setNoDelay(true);
  let writing = Promise.resolve();
  return {
    done: readStream(connection, onMessage),
    send: (message) => writing = writing.then(() => writeAll(connection, frame(message))),
    close: () => connection.close(),
  };
}

/** Reads messages until the stream ends, is reset or is closed here. */
async function readStream(
  connection: Deno.Conn,
  onMessage: (message: Uint8Array) => void,
): Promise<void> {
  const reader = new FrameReader(READ_LENGTH);
  try {
    for (let count; (count = await connection.read(reader.room())) !== null;) {
      reader.advance(count);
      for (let message; (message = reader.next()) !== undefined;) onMessage(message);
    }
  } catch (error) {
    if (!isConnectionOver(error)) throw error;
  }
}

/** `Deno.Conn.write()` may take only a part. */
export async function writeAll(connection: Deno.Conn, octets: Uint8Array): Promise<void> {
  for (let start = 0; start < octets.length;) {
    start += await connection.write(octets.subarray(start));
  }
}

function isConnectionOver(error: unknown): boolean {
  const { Interrupted, BadResource, ConnectionReset, UnexpectedEof } = Deno.errors;
  return [Interrupted, BadResource, ConnectionReset, UnexpectedEof]
    .some((errorClass) => error instanceof errorClass);
}
