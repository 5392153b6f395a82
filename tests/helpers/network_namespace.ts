/**
 * Network namespaces (ip-netns(8)): machines of their own, for tests that pull cables and move routes.
 * Two of them are joined by a pair of interfaces; the names within are the same in every test, the names
 * of the namespaces are not.
 *
 *     near: wire 203.0.113.1 ======== wire 203.0.113.2 :far
 *
 * The network is none of the private ones, so that nothing is allowed on account of its number.
 */

import { findProgram, IS_CI, peerTest, type Place } from "./real_peer.ts";

/** The interface of either namespace, and the address that it has there. */
export const WIRE = "wire";
export const NEAR = "203.0.113.1";
export const FAR = "203.0.113.2";

const NO_PROGRAM = "needs the program ip";

let created = 0;

/**
 * A test in network namespaces. Where there can be none it is ignored and says why: without root, or in
 * a container that may not make them. In CI only the program `ip` must not be missing.
 */
export function networkTest(
  programs: readonly string[],
  name: string,
  run: (pair: NetworkPair) => Promise<void>,
): void {
  const reason = obstacle();
  const mustRun = IS_CI && reason === NO_PROGRAM;
  if (reason !== undefined && !mustRun) {
    return Deno.test({ name: `${name} [ignored: ${reason}]`, ignore: true, fn: () => {} });
  }
  peerTest(programs, name, async () => {
    await using pair = await NetworkPair.create();
    await run(pair);
  });
}

/** Why there can be no namespaces here, or undefined. */
function obstacle(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "needs root on Linux";
  if (findProgram("ip") === undefined) return NO_PROGRAM;
  const name = uniqueName("trial");
  const { success } = new Deno.Command("ip", { args: ["netns", "add", name] }).outputSync();
  if (!success) return "needs the right to create network namespaces";
  new Deno.Command("ip", { args: ["netns", "delete", name] }).outputSync();
}

export class NetworkNamespace implements AsyncDisposable {
  readonly name: string;
  /** What a command line begins with that is to run here. */
  readonly prefix: readonly string[];

  /** A namespace with its loopback interface and no other. */
  static async create(role: string): Promise<NetworkNamespace> {
    const namespace = new NetworkNamespace(uniqueName(role));
    await runIp("netns", "add", namespace.name);
    try {
      await namespace.ip("link set lo up");
      return namespace;
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(name: string) {
    this.name = name;
    this.prefix = ["ip", "netns", "exec", name];
  }

  /** Runs `ip` on what is in here, such as `link set lo up`. */
  async ip(command: string): Promise<void> {
    await runIp("-n", this.name, ...command.split(" "));
  }

  /** This namespace, as the place to find a server at `address`. */
  at(address: string): Place {
    return { address, prefix: this.prefix };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runIp("netns", "delete", this.name);
  }
}

export class NetworkPair implements AsyncDisposable {
  /** For the forwarder. */
  readonly near: NetworkNamespace;
  /** For what it is to be cut off from. */
  readonly far: NetworkNamespace;

  static async create(): Promise<NetworkPair> {
    await using stack = new AsyncDisposableStack();
    const near = stack.use(await NetworkNamespace.create("near"));
    const far = stack.use(await NetworkNamespace.create("far"));
    await near.ip(`link add ${WIRE} type veth peer name ${WIRE} netns ${far.name}`);
    for (const [namespace, address] of [[near, NEAR], [far, FAR]] as const) {
      await namespace.ip(`address add ${address}/24 dev ${WIRE}`);
      await namespace.ip(`link set ${WIRE} up`);
    }
    stack.move();
    return new NetworkPair(near, far);
  }

  private constructor(near: NetworkNamespace, far: NetworkNamespace) {
    this.near = near;
    this.far = far;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.far[Symbol.asyncDispose]();
    await this.near[Symbol.asyncDispose]();
  }
}

function uniqueName(role: string): string {
  return `dnsfwd-${role}-${Deno.pid}-${created++}`;
}

async function runIp(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  if (success) return;
  throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}
