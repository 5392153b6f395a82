/**
 * A scenario: the program as a process, a scripted upstream behind it, clients in front of it.
 *
 *     await using scenario = await startScenario({ script: (query) => query.answer() });
 *     const reply = await scenario.udp().ask(buildQuery("www.example"));
 */

import { type Authority, createAuthority, type Identity } from "./certificate.ts";
import { TcpClient, UdpClient } from "./client.ts";
import { type Exit, Program, startProgram } from "./program.ts";
import { ScriptedUpstream, type UpstreamOptions } from "./scripted_upstream.ts";

export const UPSTREAM_NAME = "upstream.test.example";

export interface ScenarioOptions extends UpstreamOptions {
  /** Without TLS: plain TCP between program and upstream. */
  plain?: boolean;
  /** More options of the program. */
  args?: readonly string[];
  /** `["127.0.0.1:0"]` unless told otherwise. */
  listen?: readonly string[];
  /** The name that the program is to verify. */
  name?: string;
  env?: Record<string, string>;
  /** A permission that the program is to do without. */
  without?: string;
  /** The command that runs the program, such as that of a network namespace. */
  prefix?: readonly string[];
  /** More flags of the runtime. */
  flags?: readonly string[];
}

let trusted: Promise<{ authority: Authority; identity: Identity }> | undefined;

/** The authority that the program of every scenario trusts, and a good certificate of it. */
export function trust(): Promise<{ authority: Authority; identity: Identity }> {
  return trusted ??= createTrust();
}

export async function startScenario(options: ScenarioOptions = {}): Promise<Scenario> {
  const { authority, identity } = await trust();
  const secured = !options.plain && options.path === undefined;
  const upstream = new ScriptedUpstream(secured ? { identity, ...options } : options);
  try {
    const uri = secured ? `${upstream.uri}#${options.name ?? UPSTREAM_NAME}` : upstream.uri;
    const program = await startWithUpstreams([uri], authority, options);
    return new Scenario(upstream, program);
  } catch (error) {
    await upstream.stop();
    throw error;
  }
}

/** Starts the program alone, for upstreams that are made elsewhere. */
export async function startWithUpstreams(
  uris: readonly string[],
  authority: Authority,
  options: Pick<ScenarioOptions, "args" | "listen" | "env" | "flags" | "prefix" | "without"> = {},
): Promise<Program> {
  const listen = options.listen ?? ["127.0.0.1:0"];
  // Removed with the program, which reads it again when asked to.
  const caFile = await Deno.makeTempFile({ prefix: "dnsfwd-test-", suffix: ".pem" });
  await Deno.writeTextFile(caFile, authority.pem);
  // Read again at a reload, as whatever user the program is by then.
  await Deno.chmod(caFile, 0o644);
  const args = ["run", ...pairs("--listen", listen), ...pairs("--upstream", uris)];
  const { env, flags, prefix, without } = options;
  const settings = { env, flags, prefix, without, listeners: listen.length, files: [caFile] };
  return await startProgram([...args, "--ca", caFile, ...options.args ?? []], settings);
}

export class Scenario implements AsyncDisposable {
  readonly #datagramClients: UdpClient[] = [];
  readonly #streamClients: TcpClient[] = [];

  constructor(readonly upstream: ScriptedUpstream, readonly program: Program) {}

  /** A client with a socket of its own, closed at the end of the scenario. */
  udp(server = this.program.address): UdpClient {
    const client = new UdpClient(server);
    this.#datagramClients.push(client);
    return client;
  }

  /** Likewise over TCP; `read` false: it never reads. */
  async tcp(server = this.program.address, read = true): Promise<TcpClient> {
    const client = await TcpClient.connect(server, read);
    this.#streamClients.push(client);
    return client;
  }

  /** Ends all of it; fails when the program does not end as it should (exit code 0). */
  async stop(): Promise<Exit> {
    try {
      for (const client of this.#datagramClients.splice(0)) client.close();
      for (const client of this.#streamClients.splice(0)) await client.close();
      return await this.#stopProgram();
    } finally {
      await this.upstream.stop();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stopProgram(): Promise<Exit> {
    const exit = await this.program.stop();
    if (exit.code !== 0) throw new Error(`Exit code ${exit.code}:\n${exit.stderr}`);
    return exit;
  }
}

async function createTrust(): Promise<{ authority: Authority; identity: Identity }> {
  const authority = await createAuthority();
  return { authority, identity: await authority.issue({ dnsNames: [UPSTREAM_NAME] }) };
}

function pairs(option: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [option, value]);
}
