/** The upstream is a real server that dies and comes back while its clients ask. */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { peerTest, type RealPeer } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";

const QUESTIONS = 300;
/**
 * Programs and transports. No two `dig` over UDP: now and then two of them ask from the same port at the
 * same time, which BIND's library permits itself, and one gets the answer of the other.
 */
const CLIENTS = [["dig", "+notcp"], ["dig", "+tcp"], ["kdig", "+notcp"], ["kdig", "+tcp"]] as const;
const PATIENCE = { dig: ["+tries=1", "+time=5"], kdig: ["+retry=0", "+timeout=5"] };

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  peerTest(
    ["unbound", "dig"],
    `every client gets every answer while unbound ends by ${signal} and starts again`,
    async () => {
      await using unbound = await startUnbound();
      await using program = await startForwarder(unbound.port);
      const { port } = program.address;
      const clients = CLIENTS.map(([client, option]) => new Asking(port, client, option));
      await clients[0].reached(QUESTIONS / 4);
      await restart(unbound, signal);
      const answered = await Promise.all(clients.map((client) => client.ended));
      assertEquals(answered, clients.map(() => Array(QUESTIONS).fill("NOERROR")));
      const { received, failed, handshakes } = await program.summary();
      assertEquals({ received, failed }, { received: CLIENTS.length * QUESTIONS, failed: 0 });
      assertGreaterOrEqual(handshakes, 2);
    },
  );
}

async function restart(peer: RealPeer, signal: Deno.Signal): Promise<void> {
  await peer.end(signal);
  await peer.start();
}

/** A client with a list of questions, asked one after another, each once and with 5 s of patience. */
class Asking {
  /** The status of each answer. */
  readonly ended: Promise<string[]>;
  #text = "";
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  constructor(port: number, client: keyof typeof PATIENCE, transport: string) {
    const zone = `${client}${transport.slice(1)}.many.example`;
    const names = Array.from({ length: QUESTIONS }, (_, i) => `x${i}.${zone}`);
    const process = new Deno.Command(client, {
      args: ["@127.0.0.1", "-p", `${port}`, ...PATIENCE[client], transport, ...names],
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
