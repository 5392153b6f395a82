/**
 * Real programs as peers: unbound, dnsdist, kresd, stunnel. Each gets a directory of its own with
 * its configuration, listens on a free loopback port, counts as started once it answers `kdig`, and
 * is ended by its process ID.
 *
 *     peerTest(["unbound"], "unbound is ...", async () => {
 *       await using unbound = await startUnbound();
 */

import { type Authority, createAuthority, type Identity } from "./certificate.ts";

/** Where Debian puts daemons; not always in the PATH of a user. */
const DAEMON_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];
const START_LIMIT = 30_000;
const START_ATTEMPTS = 3;
/** The name in the certificate of every peer, besides 127.0.0.1. */
export const PEER_NAME = "dns.test";

/** Where a peer runs. */
export interface Place {
  readonly address: string;
  /** The command that runs it, such as that of a network namespace. */
  readonly prefix: readonly string[];
}

/** Where peers run unless told otherwise. */
export const HERE: Place = { address: "127.0.0.1", prefix: [] };

/** How to run a peer. */
export interface PeerPlan {
  readonly program: string;
  readonly args: readonly string[];
  /** Files of its directory, which is also its working directory. */
  readonly files: Readonly<Record<string, string>>;
  /** What `kdig` is to be told beside the address: `["+tls"]`. */
  readonly probe: readonly string[];
  /** `HERE` unless told otherwise. */
  readonly place?: Place;
}

/** Whether nothing may be left out because this machine lacks something. */
export const IS_CI = (Deno.env.get("CI") ?? "") !== "";

/** A test that needs these programs: ignored where one is missing, a failure where CI is set. */
export function peerTest(
  programs: readonly string[],
  name: string,
  run: () => Promise<void>,
): void {
  const missing = ["kdig", ...programs].filter((program) => findProgram(program) === undefined);
  Deno.test({
    name,
    ignore: missing.length > 0 && !IS_CI,
    fn: async () => {
      if (missing.length > 0) throw new Error(`Not installed: ${missing.join(", ")}`);
      await run();
    },
  });
}

/** The path of a program, if it is installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), ...DAEMON_FOLDERS];
  return folders.map((folder) => `${folder}/${name}`).find(isFile);
}

/**
 * A port that is free for UDP and TCP on 127.0.0.1, below the range that the system gives to
 * outgoing connections, so that nobody takes it while a peer is being restarted.
 */
export function freePort(): number {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      using _tcp = Deno.listen({ hostname: "127.0.0.1", port });
      Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

let trusted: Promise<{ authority: Authority; identity: Identity }> | undefined;

/** One authority for all peers of a run, and the certificate that they show. */
export function peerTrust(): Promise<{ authority: Authority; identity: Identity }> {
  return trusted ??= (async () => {
    const authority = await createAuthority("Authority of the peers");
    const names = { commonName: PEER_NAME, dnsNames: [PEER_NAME], addresses: ["127.0.0.1"] };
    return { authority, identity: await authority.issue(names) };
  })();
}

export class RealPeer implements AsyncDisposable {
  readonly port: number;
  readonly #plan: PeerPlan;
  readonly #folder: string;
  #process?: Deno.ChildProcess;
  #log: Promise<string> = Promise.resolve("");

  /** Runs what `planFor` makes of a free port; another one, should somebody have been quicker. */
  static async start(planFor: (port: number) => PeerPlan): Promise<RealPeer> {
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      try {
        return await RealPeer.#startAt(port, planFor(port));
      } catch (error) {
        if (attempt === START_ATTEMPTS || !/in use/i.test((error as Error).message)) throw error;
      }
    }
  }

  static async #startAt(port: number, plan: PeerPlan): Promise<RealPeer> {
    const folder = await Deno.makeTempDir({ prefix: `dnsfwd-${plan.program}-` });
    for (const [name, text] of Object.entries(plan.files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const peer = new RealPeer(port, plan, folder);
    try {
      await peer.start();
      return peer;
    } catch (error) {
      await peer.stop();
      throw error;
    }
  }

  private constructor(port: number, plan: PeerPlan, folder: string) {
    this.port = port;
    this.#plan = plan;
    this.#folder = folder;
  }

  get #place(): Place {
    return this.#plan.place ?? HERE;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error(`${this.#plan.program} is not running`);
    return this.#process.pid;
  }

  /** Runs it, the first time or again after `end()`, on the same port. */
  async start(): Promise<void> {
    const path = findProgram(this.#plan.program);
    if (path === undefined) throw new Error(`Not installed: ${this.#plan.program}`);
    const [command, ...args] = [...this.#place.prefix, path, ...this.#plan.args];
    const process = new Deno.Command(command, {
      args,
      cwd: this.#folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#process = process;
    this.#log = logOf(process);
    await this.#answers(process);
  }

  /** Ends it, by default as a crash would, and waits until it is gone. */
  async end(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    try {
      process?.kill(signal);
    } catch { /* it has ended by itself */ }
    await process?.status;
    await this.#log;
  }

  async stop(): Promise<void> {
    await this.end();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Asks until an answer comes. Each question is a process of its own, which is pause enough. */
  async #answers(process: Deno.ChildProcess): Promise<void> {
    let ended = false;
    process.status.then(() => ended = true);
    const limit = performance.now() + START_LIMIT;
    const { address, prefix } = this.#place;
    const [command, ...args] = [...prefix, "kdig", `@${address}`, "-p", `${this.port}`].concat(
      ["+retry=0", "+timeout=1", ...this.#plan.probe, ".", "NS"],
    );
    const probe = new Deno.Command(command, { args, stdout: "null" });
    while (!(await probe.output()).success) {
      if (!ended && performance.now() < limit) continue;
      const problem = ended ? "ended" : `does not answer within ${START_LIMIT} ms`;
      await this.end();
      throw new Error(`${this.#plan.program} ${problem}:\n${await this.#log}`);
    }
  }
}

async function logOf(process: Deno.ChildProcess): Promise<string> {
  const streams = [process.stdout, process.stderr];
  return (await Promise.all(streams.map((stream) => new Response(stream).text()))).join("");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
