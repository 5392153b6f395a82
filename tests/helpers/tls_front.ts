/**
 * A TLS server of chosen versions in front of a plain upstream; carries the octets, no more. With an
 * authority for clients it takes only those who have a certificate of it.
 */

import type { Socket } from "node:net";
import net from "node:net";
import tls from "node:tls";
import type { Identity } from "./certificate.ts";

export class TlsFront implements AsyncDisposable {
  readonly #server: tls.Server;
  readonly #sockets = new Set<Socket>();

  static async start(
    identity: Identity,
    version: tls.SecureVersion,
    plainPort: number,
    clientAuthority?: string,
  ): Promise<TlsFront> {
    const front = new TlsFront(identity, version, plainPort, clientAuthority);
    await new Promise<void>((resolve) => front.#server.listen(0, "127.0.0.1", () => resolve()));
    return front;
  }

  private constructor(
    identity: Identity,
    version: tls.SecureVersion,
    plainPort: number,
    clientAuthority?: string,
  ) {
    const versions = { minVersion: version, maxVersion: version };
    const clients = clientAuthority === undefined
      ? {}
      : { ca: [clientAuthority], requestCert: true, rejectUnauthorized: true };
    this.#server = tls.createServer({ ...identity, ...versions, ...clients }, (secured) => {
      const plain = net.connect(plainPort, "127.0.0.1");
      for (const socket of [secured, plain]) this.#keep(socket);
      secured.pipe(plain).pipe(secured);
    });
    this.#server.on("tlsClientError", () => {});
  }

  get uri(): string {
    return `tls://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
