/**
 * A stream over a socket of `node:tls` or `node:net`, which pushes octets when they come: they wait here until they are
 * asked for, and the socket is told to wait when they are too many.
 *
 * The runtime's `node:tls` (Deno 2.9.6) tells a close_notify, a FIN without it and even a reset all as "end":
 * here each is an end as it should be. Messages have lengths, so nothing that was cut short passes for whole.
 */

import type { Socket } from "node:net";
import { CLOSE_TIMEOUT, type Stream } from "./dial.ts";

/** Octets that may wait here; then those to come wait in the kernel. */
const MAX_WAITING = 131_072;

interface Reading {
  readonly buffer: Uint8Array;
  readonly resolve: (count: number | null) => void;
  readonly reject: (error: unknown) => void;
}

export class NodeStream implements Stream {
  #remoteHost = "";
  #localHost = "";
  readonly #socket: Socket;
  readonly #waiting: Uint8Array[] = [];
  #length = 0;
  #reading: Reading | undefined;
  /** Null: it ended without an error. */
  #end: Error | null | undefined;

  /**
   * Takes over `socket` before its handshake: what comes right behind that, such as the refusal of a client
   * with TLS 1.3, would else be told to nobody.
   */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once("secureConnect", () => {
      this.#remoteHost = socket.remoteAddress ?? "";
      this.#localHost = socket.localAddress ?? "";
    });
    socket.on("data", (octets: Uint8Array) => this.#onData(octets));
    socket.on("end", () => this.#onEnd(null));
    socket.on("error", (error) => this.#onEnd(deno(error)));
    socket.on("close", () => this.#onEnd(new Deno.errors.UnexpectedEof("closed")));
  }

  get remoteHost(): string {
    return this.#remoteHost;
  }

  get localHost(): string {
    return this.#localHost;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#length > 0) return Promise.resolve(this.#take(buffer));
    if (this.#end === null) return Promise.resolve(null);
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => this.#reading = { buffer, resolve, reject });
  }

  write(octets: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(octets, (error) => {
        if (error) reject(deno(error));
        else resolve(octets.length);
      });
    });
  }

  close(): void {
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.end(() => this.#socket.destroy());
  }

  #onData(octets: Uint8Array): void {
    this.#waiting.push(octets);
    this.#length += octets.length;
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading) reading.resolve(this.#take(reading.buffer));
    if (this.#length > MAX_WAITING) this.#socket.pause();
  }

  #onEnd(end: Error | null): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const reading = this.#reading;
    this.#reading = undefined;
    if (end === null) reading?.resolve(null);
    else reading?.reject(end);
  }

  /** Copies what is there into `buffer`; returns how many octets. */
  #take(buffer: Uint8Array): number {
    let count = 0;
    while (count < buffer.length && this.#waiting.length > 0) {
      const first = this.#waiting[0];
      const part = first.subarray(0, buffer.length - count);
      buffer.set(part, count);
      count += part.length;
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
    }
    this.#length -= count;
    if (this.#socket.isPaused() && this.#length <= MAX_WAITING) this.#socket.resume();
    return count;
  }
}

/** The error as the runtime's own sockets have it. */
function deno(error: Error): Error {
  const { code } = error as { code?: string };
  if (code === "ECONNRESET") return new Deno.errors.ConnectionReset(error.message);
  if (/close_notify|unexpected eof/i.test(error.message)) {
    return new Deno.errors.UnexpectedEof(error.message);
  }
  return error;
}
