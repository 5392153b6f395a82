/** Cuts a stream into the messages of RFC 1035, 4.2.2. */

import { concatenated } from "./message.ts";

export class FrameCutter {
  #rest: Uint8Array = new Uint8Array();

  /** The whole messages that are there with `chunk`, as copies. */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const octets = concatenated([this.#rest, chunk]);
    const messages: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    while (octets.length - at >= 2) {
      const end = at + 2 + octets[at] * 256 + octets[at + 1];
      if (end > octets.length) break;
      messages.push(octets.slice(at + 2, end));
      at = end;
    }
    this.#rest = octets.slice(at);
    return messages;
  }

  /** How many octets of an unfinished message are held. */
  get held(): number {
    return this.#rest.length;
  }
}

export async function writeAll(stream: Deno.Conn, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length;) at += await stream.write(octets.subarray(at));
}
