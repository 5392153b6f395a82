/**
 * The other way to use DNS-over-TLS, measured against the same upstream: a TCP connection and a TLS
 * handshake for every single query. Connected as the forwarder does it, name and chain verified.
 */
import type { Address } from "../../net/address.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { writeAll } from "./channel.ts";
import { AskedType, encodeQuery, frame } from "./message.ts";

const READ_LENGTH = 2048;

/** Where the upstream is and how it is verified. */
export interface VerifiedUpstream {
  readonly address: Address;
  readonly serverName: string;
  /** PEM of the authority that signed its certificate. */
  readonly authority: string;
}

/** Makes `count` exchanges one after the other; the milliseconds each took to connect and shake hands. */
export async function measureHandshakes(
  upstream: VerifiedUpstream,
  count: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const query = encodeQuery(index, `connection-${index}.example.`, AskedType.A);
    times.push(await exchangeOnOwnConnection(upstream, query));
  }
  return times;
}

async function exchangeOnOwnConnection(
  upstream: VerifiedUpstream,
  query: Uint8Array,
): Promise<number> {
  const start = performance.now();
  using connection = await connectVerified(upstream);
  const milliseconds = performance.now() - start;
  await writeAll(connection, frame(query));
  await readMessage(connection);
  return milliseconds;
}

/** A handshake counts only if the connection was then good for an answer. */
async function readMessage(connection: Deno.Conn): Promise<void> {
  const reader = new FrameReader(READ_LENGTH);
  while (reader.next() === undefined) {
    const count = await connection.read(reader.room());
    if (count === null) throw new Error("Embedded upstream closed the connection unanswered");
    reader.advance(count);
  }
}

async function connectVerified(upstream: VerifiedUpstream): Promise<Deno.TlsConn> {
  const { address, serverName: hostname, authority } = upstream;
  const tcp = await Deno.connect({ hostname: address.hostname, port: address.port });
  tcp.setNoDelay(true);
  const options = { hostname, caCerts: [authority], alpnProtocols: ["dot"] };
  const tls = await Deno.startTls(tcp, options);
  try {
    await tls.handshake();
  } catch (error) {
    tls.close();
    throw error;
  }
  return tls;
}
