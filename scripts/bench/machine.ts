/** What the numbers were measured on and with. */

import config from "../../deno.json" with { type: "json" };
import { findProgram } from "../../tests/helpers/real_peer.ts";

/** How each program says its version. */
const VERSION_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  unbound: ["-V"],
  dnsdist: ["--version"],
  stubby: ["-V"],
  smartdns: ["-v"],
  stunnel4: ["-version"],
  dnsperf: ["-h"],
};

export interface Machine {
  /** As `2026-01-31`. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly kernel: string;
  /** As `unbound 1.17.1`, of the programs that are installed. */
  readonly versions: readonly string[];
}

export async function describeMachine(): Promise<Machine> {
  const information = await Deno.readTextFile("/proc/cpuinfo");
  const versions = Object.entries(VERSION_OPTIONS).map(([program, args]) => version(program, args));
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: /^model name\s*: (.*)$/m.exec(information)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    versions: [
      `dnsfwd ${config.version}`,
      `deno ${Deno.version.deno}`,
      ...(await Promise.all(versions)).filter((text) => text !== undefined),
    ],
  };
}

async function version(program: string, args: readonly string[]): Promise<string | undefined> {
  const path = findProgram(program);
  if (path === undefined) return undefined;
  const { stdout, stderr } = await new Deno.Command(path, { args: [...args] }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return `${program} ${parseVersion(text)}`;
}

/** The first number with a dot, or with Debian's plus sign. */
export function parseVersion(text: string): string {
  return /\b\d+(?:\.\d+)+|\b\d+(?=\+)/.exec(text)?.[0] ?? "of unknown version";
}
