/**
 * TLS for scripted upstreams. The runtime's TLS listener gives no access to the stream below, so the
 * octets of each accepted connection are carried to a listener of our own, and how the stream below
 * ends is decided here:
 *
 *     forwarder <-- wire --> relay <-- inner --> TLS listener
 */

import type { Identity } from "./certificate.ts";
import { reset, setNoDelay } from "./descriptor.ts";
import { writeAll } from "./frames.ts";
import { concatenated } from "./message.ts";

/** A close_notify of TLS 1.3: header, alert, content type, tag. */
const CLOSE_NOTIFY_LENGTH = 5 + 2 + 1 + 16;

/** How a stream ends below TLS: as TLS wants it, FIN without close_notify, RST without either. */
export type WireEnding = "closed" | "cut" | "reset";

export interface Terminated {
  tls: Deno.TlsConn;
  /** Resolves when all that TLS sent is on the wire, its end included. */
  sent: Promise<void>;
}

export class TlsRelay {
  readonly #listener: Deno.TlsListener;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(identity: Identity, alpn: string[]) {
    const protocols = alpn.length > 0 ? { alpnProtocols: alpn } : {};
    this.#listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity, ...protocols });
  }

  /** The TLS side of `wire`, before its handshake. Ends the wire as `ending` says at that time. */
  async terminate(wire: Deno.TcpConn, ending: () => WireEnding): Promise<Terminated> {
    const pair = this.#turn.then(() => this.#pair());
    this.#turn = pair.catch(() => {});
    const [inner, tls] = await pair;
    setNoDelay(tls);
    for (const stream of [wire, inner]) stream.setNoDelay();
    const received = carry(wire, inner);
    const sent = carryBack(inner, wire, ending);
    Promise.all([received, sent]).then(() => inner.close());
    return { tls, sent };
  }

  close(): void {
    this.#listener.close();
  }

  async #pair(): Promise<[Deno.TcpConn, Deno.TlsConn]> {
    const accepted = this.#listener.accept();
    const { port } = this.#listener.addr as Deno.NetAddr;
    return [await Deno.connect({ hostname: "127.0.0.1", port }), await accepted];
  }
}

async function carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  try {
    for await (const chunk of chunks(from)) await writeAll(to, chunk);
  } catch { /* one of the two is gone */ }
  await to.closeWrite().catch(() => {});
}

async function carryBack(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  ending: () => WireEnding,
): Promise<void> {
  const held: Uint8Array[] = [];
  try {
    for await (const chunk of chunks(from)) {
      if (ending() === "closed") await writeAll(to, chunk);
      else held.push(chunk.slice());
    }
    const last = concatenated(held);
    await writeAll(to, last.subarray(0, Math.max(0, last.length - CLOSE_NOTIFY_LENGTH)));
    if (ending() === "reset") reset(to);
    else await to.closeWrite();
  } catch { /* one of the two is gone */ }
}

async function* chunks(stream: Deno.Conn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65536);
  for (let n; (n = await stream.read(buffer)) !== null;) yield buffer.subarray(0, n);
}
