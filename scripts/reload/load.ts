/**
 * A forwarder that is given another configuration ten times a second, under steady load over UDP. Its upstreams
 * end their connections every few seconds in any manner (`../soak/closing_upstream.ts`).
 */

import { startForwarder } from "../../lib/app/forwarder.ts";
import { type Authority, createAuthority } from "../../tests/helpers/certificate.ts";
import { startProgram } from "../../tests/helpers/program.ts";
import { freePort } from "../../tests/helpers/real_peer.ts";
import { runConfig } from "../../tests/helpers/run_config.ts";
import { drive, type Outcome, writeQuestions } from "../soak/load.ts";
import { droppedDatagrams } from "../soak/size.ts";
import { UpstreamProcess } from "../soak/upstream_process.ts";

export interface Load {
  readonly seconds: number;
  /** Queries a second. */
  readonly rate: number;
}

export interface Result {
  readonly outcome: Outcome;
  readonly reloads: number;
  /** Milliseconds that the longest took. */
  readonly longest: number;
  /** Queries that the system dropped while nobody read the socket: this machine was busy. */
  readonly unread: number;
}

const NAME = "reload.test";
/** Milliseconds from one reload to the next. */
const INTERVAL = 100;
const ANY = ["--listen", "127.0.0.1:0"];
const SILENT = { debug() {}, info() {}, warning() {}, error() {} };

/** Between other upstreams, with and without a second listener, and the same again; within this process. */
export async function alternate(load: Load): Promise<Result> {
  const authority = await createAuthority("Authority of the reloads");
  await using one = await startUpstream(authority);
  await using other = await startUpstream(authority);
  const upstream = ({ port }: UpstreamProcess) => ["--upstream", `tls://127.0.0.1:${port}#${NAME}`];
  const two = [...ANY, "--listen", `127.0.0.1:${freePort()}`];
  const configs = [
    [...ANY, ...upstream(one)],
    [...two, ...upstream(other)],
    [...two, ...upstream(other)],
    [...ANY, ...upstream(one), ...upstream(other), "--policy", "balance"],
    [...two, ...upstream(one), "--isolate", "client"],
  ].map((args) => runConfig(args, [authority.pem]));
  const forwarder = startForwarder(configs[0], { log: SILENT });
  try {
    const [{ port }] = forwarder.addresses;
    return await underLoad(
      port,
      load,
      (count) => forwarder.reload(configs[count % configs.length]),
    );
  } finally {
    await forwarder.stop();
  }
}

/** The program, by SIGHUP, with a file of authorities that is another one each second time; reloads as its log tells. */
export async function hangUp(load: Load): Promise<Result> {
  const [authority, more] = [await createAuthority("One"), await createAuthority("Another")];
  await using upstream = await startUpstream(authority);
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-reload-" });
  const link = `${folder}/ca.pem`;
  const files = ["one.pem", "both.pem"];
  try {
    await Deno.writeTextFile(`${folder}/${files[0]}`, authority.pem);
    await Deno.writeTextFile(`${folder}/${files[1]}`, `${authority.pem}\n${more.pem}`);
    await Deno.symlink(files[0], link);
    const uri = `tls://127.0.0.1:${upstream.port}#${NAME}`;
    await using program = await startProgram([...ANY, "--ca", link, "--upstream", uri]);
    const result = await underLoad(program.address.port, load, async (count) => {
      await Deno.symlink(files[(count >> 1) % 2], `${link}.new`);
      await Deno.rename(`${link}.new`, link);
      program.signal("SIGHUP");
    });
    // At its end the program tells what it has counted instead of writing it.
    const { stderr } = await program.stop();
    return { ...result, reloads: countOf("Configuration reloaded: ", stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How many lines of a log begin with `text`, those included that were repeated. */
function countOf(text: string, log: string): number {
  let count = 0;
  let isLast = false;
  for (const line of log.split("\n").map((each) => each.replace(/^\S+ \S+Z /, ""))) {
    const [, run, many, rest = line] =
      /^(?:(Last line) repeated|Repeated) (?:once|(\d+) times)(?:: (.*))?$/.exec(line) ?? [];
    isLast = run ? isLast : rest.startsWith(text);
    if (isLast) count += Number(many ?? 1);
  }
  return count;
}

async function startUpstream(authority: Authority): Promise<UpstreamProcess> {
  return await UpstreamProcess.start(await authority.issue({ dnsNames: [NAME] }));
}

/** Drives the forwarder at `port`, and calls `reload` every `INTERVAL` until that ends. */
async function underLoad(
  port: number,
  { seconds, rate }: Load,
  reload: (count: number) => Promise<void>,
): Promise<Result> {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-reload-" });
  try {
    await writeQuestions(file, seconds * rate);
    let isDone = false;
    const driven = drive(port, file, rate, seconds).finally(() => isDone = true);
    let reloads = 0;
    let longest = 0;
    for (const start = performance.now(); !isDone; reloads++) {
      const due = start + reloads * INTERVAL;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      const before = performance.now();
      await reload(reloads);
      longest = Math.max(longest, performance.now() - before);
    }
    return { outcome: await driven, reloads, longest, unread: droppedDatagrams(port) };
  } finally {
    await Deno.remove(file);
  }
}
