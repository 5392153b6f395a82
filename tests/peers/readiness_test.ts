/** Readiness over DNS, as dnsdist asks for it: a server that drains gets no more queries. */

import { assertEquals } from "@std/assert";
import { findProgram, freePort, peerTest } from "../helpers/real_peer.ts";
import { startScenario } from "../helpers/scenario.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";
import { waitUntil } from "../helpers/waiting.ts";

const LIMIT = 20_000;

/** dnsdist in front of the server at `port`, and what it says of it. */
class Balancer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #temp = new TempDirectory();
  readonly #reading: Promise<void>;
  #said = "";

  constructor(port: number) {
    const file = `${this.#temp.path}/dnsdist.conf`;
    Deno.writeTextFileSync(
      file,
      `setSecurityPollSuffix("")
setLocal("127.0.0.1:${freePort()}")
newServer({address="127.0.0.1:${port}", name="it", checkName="ready.dnsfwd.internal.",
  checkType="TXT", mustResolve=true, checkInterval=1, maxCheckFailures=1})`,
    );
    this.#process = new Deno.Command(findProgram("dnsdist") ?? "", {
      args: ["--supervised", "--disable-syslog", "-C", file],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }

  /** The words that it had for the server, in order. */
  get marks(): string[] {
    return Array.from(
      this.#said.matchAll(/Marking downstream it \S+ as '(\w+)'/g),
      ([, word]) => word,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reading;
    this.#temp[Symbol.dispose]();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const octets of this.#process.stdout) this.#said += decoder.decode(octets);
  }
}

peerTest(
  ["dnsdist"],
  "dnsdist takes a program that drains out of service before it ends",
  async () => {
    await using scenario = await startScenario({ args: ["--drain", "300"] });
    const { program } = scenario;
    await using balancer = new Balancer(program.address.port);
    await waitUntil(() => balancer.marks.at(-1) === "up", "up", LIMIT);
    program.signal("SIGTERM");
    await waitUntil(() => balancer.marks.at(-1) === "down", "down", LIMIT);
    assertEquals(program.ended, false);
    program.signal("SIGTERM");
    assertEquals((await program.exit).code, 0);
  },
);
