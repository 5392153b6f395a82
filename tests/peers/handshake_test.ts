/** TLS handshakes that take more than one flight each way, from a server that can be told to. */

import { assertEquals } from "@std/assert";
import { createAuthority } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort, PEER_NAME, peerTest, peerTrust } from "../helpers/real_peer.ts";
import { startWithUpstreams } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** So many certificates have more than 16 KiB, the most that one TLS record holds. */
const CHAIN_LENGTH = 60;

peerTest(
  ["openssl"],
  "an upstream is served that asks for another key share and sends more certificates than a record holds (RFC 8446, 4.1.4; A26)",
  async () => {
    const { authority, identity } = await peerTrust();
    await using server = await OpensslServer.start(identity.cert, identity.key, ["P-384"]);
    const uri = `tls://127.0.0.1:${server.port}#${PEER_NAME}`;
    await using program = await startWithUpstreams([uri], authority);
    const client = new UdpClient(program.address);
    await client.send(buildQuery("retry-request.example"));
    await waitUntil(() => server.output.includes("retry-request"), "the query at the server");
    client.close();
    assertEquals((await program.summary()).handshakes, 1);
  },
);

/** `openssl s_server`: shows what it receives, answers nothing. */
class OpensslServer implements AsyncDisposable {
  readonly port = freePort();
  output = "";
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  static async start(cert: string, key: string, groups: string[]): Promise<OpensslServer> {
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-openssl-" });
    const others = await Promise.all(
      Array.from({ length: CHAIN_LENGTH }, (_, number) => createAuthority(`Other ${number}`)),
    );
    await Deno.writeTextFile(`${folder}/cert.pem`, cert);
    await Deno.writeTextFile(`${folder}/key.pem`, key);
    await Deno.writeTextFile(`${folder}/chain.pem`, others.map(({ pem }) => pem).join("\n"));
    const server = new OpensslServer(folder, groups);
    await waitUntil(() => server.output.includes("ACCEPT"), "start of openssl s_server");
    return server;
  }

  private constructor(folder: string, groups: readonly string[]) {
    this.#folder = folder;
    this.#process = new Deno.Command("openssl", {
      args: ["s_server", "-accept", `127.0.0.1:${this.port}`, "-groups", groups.join(":")]
        .concat(["-cert", "cert.pem", "-key", "key.pem", "-cert_chain", "chain.pem"]),
      cwd: folder,
      // It ends with its input.
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      this.output += text;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reading;
    await this.#process.stdin.abort();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
