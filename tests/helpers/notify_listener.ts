/** The socket of a service manager: it hears what services tell (sd_notify(3)). */

import { Arrivals } from "./waiting.ts";

const LIMIT = 15_000;
let created = 0;

export class NotifyListener implements Disposable {
  /** What `NOTIFY_SOCKET` is set to. */
  readonly name: string;
  readonly #path: string;
  readonly #socket: Deno.DatagramConn;
  readonly #messages = new Arrivals<string[]>();

  constructor(kind: "file" | "abstract" = "file") {
    const own = `dnsfwd-notify-${Deno.pid}-${created++}`;
    this.#path = kind === "file" ? `${Deno.env.get("TMPDIR") ?? "/tmp"}/${own}` : `\0${own}`;
    this.name = this.#path.replace("\0", "@");
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: this.#path });
    this.#receive();
  }

  /** The lines of the next message. */
  async next(limit = LIMIT): Promise<string[]> {
    return await this.#messages.next(limit, "message of the service");
  }

  /** The next message that has this line; those before are passed over. */
  async nextWith(line: string): Promise<string[]> {
    for (;;) {
      const lines = await this.next();
      if (lines.includes(line)) return lines;
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    if (!this.#path.startsWith("\0")) Deno.removeSync(this.#path);
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const [octets] = await this.#socket.receive();
        this.#messages.push(new TextDecoder().decode(octets).split("\n"));
      }
    } catch { /* closed */ }
  }
}
