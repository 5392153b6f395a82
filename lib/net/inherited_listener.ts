/**
 * A TCP listener that this process was started with, which of the runtime's ways only `node:net` takes over
 * (Deno 2.9.6). It accepts by itself: clients wait here until somebody asks for them.
 */

import { createServer, type Server, type Socket } from "node:net";
import type { Address } from "./address.ts";
import { NodeStream } from "./node_stream.ts";
import type { AcceptedStream, StreamListener } from "./stream_listener.ts";

interface Asking {
  readonly resolve: (stream: AcceptedStream) => void;
  readonly reject: (error: unknown) => void;
}

export class InheritedListener implements StreamListener {
  readonly addr: Address;
  readonly #server: Server;
  readonly #waiting: AcceptedStream[] = [];
  /** Failures that nobody has heard of yet. */
  readonly #errors: unknown[] = [];
  #asking: Asking | undefined;
  #isClosed = false;

  /** Takes over `descriptor`, a TCP listener that does not block, bound to `addr`. */
  constructor(descriptor: number, addr: Address) {
    this.addr = addr;
    // A client may have sent its end, and still gets its answers.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
    this.#server.on("error", (error) => this.#fail(error));
    this.#server.listen({ fd: descriptor });
  }

  accept(): Promise<AcceptedStream> {
    const stream = this.#waiting.shift();
    if (stream) return Promise.resolve(stream);
    if (this.#isClosed) return Promise.reject(new Deno.errors.BadResource("Listener is closed"));
    if (this.#errors.length > 0) return Promise.reject(this.#errors.shift());
    return new Promise((resolve, reject) => this.#asking = { resolve, reject });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#server.close();
    for (const stream of this.#waiting.splice(0)) stream.close();
    this.#fail(new Deno.errors.BadResource("Listener is closed"));
  }

  #welcome(socket: Socket): void {
    // Gone already.
    if (socket.remoteAddress === undefined) return void socket.destroy();
    const stream = new InheritedStream(socket);
    if (this.#isClosed) return stream.close();
    if (this.#asking === undefined) return void this.#waiting.push(stream);
    this.#asking.resolve(stream);
    this.#asking = undefined;
  }

  #fail(error: unknown): void {
    if (this.#asking) this.#asking.reject(error);
    else this.#errors.push(error);
    this.#asking = undefined;
  }
}

class InheritedStream extends NodeStream implements AcceptedStream {
  readonly remoteAddr: Address;
  readonly #accepted: Socket;

  constructor(socket: Socket) {
    super(socket);
    this.#accepted = socket;
    this.remoteAddr = { hostname: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  }

  setNoDelay(isSet: boolean): void {
    this.#accepted.setNoDelay(isSet);
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#accepted.end(() => resolve()));
  }

  reset(): void {
    this.#accepted.resetAndDestroy();
  }
}
