/** The upstream is a real server that dies and comes back while its clients ask. */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { findProgram, peerTest, type RealPeer } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";

const CLIENTS = 4;
const QUESTIONS = 300;

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  peerTest(
    ["unbound", "dig"],
    `every client gets every answer while unbound ends by ${signal} and starts again`,
    async () => {
      await using unbound = await startUnbound();
      await using program = await startForwarder(unbound.port);
      const clients = Array.from(
        { length: CLIENTS },
        (_, i) => new Asking(program.address.port, i),
      );
      await clients[0].reached(QUESTIONS / 4);
      await restart(unbound, signal);
      const answered = await Promise.all(clients.map((client) => client.ended));
      assertEquals(answered, clients.map(() => Array(QUESTIONS).fill("NOERROR")));
      const { received, failed, handshakes } = await program.summary();
      assertEquals({ received, failed }, { received: CLIENTS * QUESTIONS, failed: 0 });
      assertGreaterOrEqual(handshakes, 2);
    },
  );
}

async function restart(peer: RealPeer, signal: Deno.Signal): Promise<void> {
  await peer.end(signal);
  await peer.start();
}

/** A dig with a list of questions, asked one after another; each once, with dig's usual patience of 5 s. */
class Asking {
  /** The status of each answer. */
  readonly ended: Promise<string[]>;
  #text = "";
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  constructor(port: number, number: number) {
    const names = Array.from({ length: QUESTIONS }, (_, i) => `x${i}.c${number}.many.example`);
    const transport = number % 2 === 0 ? "+notcp" : "+tcp";
    const process = new Deno.Command(findProgram("dig") ?? "dig", {
      args: ["@127.0.0.1", "-p", `${port}`, "+tries=1", "+time=5", transport, ...names],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.ended = this.#follow(process);
  }

  /** Resolves once `count` questions are answered. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async #follow(process: Deno.ChildProcess): Promise<string[]> {
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      const reached = this.#statuses().length;
      for (const { count, resolve } of this.#waiting) if (reached >= count) resolve();
    }
    await process.status;
    return this.#statuses();
  }

  #statuses(): string[] {
    return Array.from(this.#text.matchAll(/status: (\w+)/g), ([, status]) => status);
  }
}
