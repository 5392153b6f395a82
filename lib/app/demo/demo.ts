/**
 * `dnsfwd demo`: the forwarder between clients and an upstream that are all in this process, with a
 * certificate made a moment ago and truly verified; no network and no configuration.
 *
 *     clients --UDP, TCP--> forwarder --one TLS connection--> embedded upstream
 */
import { type Address, formatAddress } from "../../net/address.ts";
import { makeCertificates } from "./certificate.ts";
import { EmbeddedUpstream } from "./embedded_upstream.ts";
import { type DemoForwarder, measure, type Scene } from "./measurement.ts";
import { pickPort } from "./port.ts";
import { demoReport, isComplete, reportLine } from "./report.ts";

/** What the demo's forwarder is to be configured with. */
export interface DemoSettings {
  readonly listen: Address;
  readonly upstream: Address;
  /** The name that the upstream's certificate is verified for. */
  readonly serverName: string;
  /** PEM of the authority that signed it. */
  readonly authority: string;
}

/** Starts the forwarder; passed in, so that the demo depends on nothing but this. */
export type StartForwarder = (settings: DemoSettings) => Promise<DemoForwarder>;

/** How the demo is run. */
export interface DemoOptions {
  /** End after the report instead of staying up. */
  readonly once: boolean;
  /** Where lines go instead of standard output. */
  readonly print?: (text: string) => void;
}

const SERVER_NAME = "dns.example";
const LISTEN_HOSTNAME = "127.0.0.1";
const PREFERRED_PORT = 5300;

/** Runs the demo and returns the exit code: with `once` 1 if a query went unanswered, else 0. */
export async function runDemo(start: StartForwarder, options: DemoOptions): Promise<number> {
  const certificates = await makeCertificates(SERVER_NAME);
  const upstream = await EmbeddedUpstream.open(certificates);
  try {
    const { authority } = certificates;
    return await runWith(upstream, authority, start, options);
  } finally {
    await upstream.close();
  }
}

async function runWith(
  upstream: EmbeddedUpstream,
  authority: string,
  start: StartForwarder,
  options: DemoOptions,
): Promise<number> {
  const forwarder = await start({
    listen: { hostname: LISTEN_HOSTNAME, port: pickPort(PREFERRED_PORT) },
    upstream: upstream.address,
    serverName: SERVER_NAME,
    authority,
  });
  try {
    return await show({ forwarder, upstream, serverName: SERVER_NAME, authority }, options);
  } finally {
    await forwarder.stop();
  }
}

async function show(scene: Scene, { once, print = console.log }: DemoOptions): Promise<number> {
  print(setting(scene));
  const facts = await measure(scene);
  print(demoReport(facts));
  if (once) return isComplete(facts) ? 0 : 1;
  const stopped = untilStopped();
  print(invitation(scene.forwarder.addresses[0]));
  await stopped;
  print("\nStopped.");
  return 0;
}

function setting({ forwarder, upstream, serverName }: Scene): string {
  return [
    "dnsfwd demo: all of it on this machine, no network, no configuration",
    "",
    "What is running",
    reportLine(
      "forwarder",
      `${formatAddress(forwarder.addresses[0])}, for clients over UDP and TCP`,
    ),
    reportLine("embedded upstream", `${formatAddress(upstream.address)}, DNS-over-TLS`),
    reportLine("", `its certificate for ${serverName} made just now, and verified`),
    "",
  ].join("\n");
}

function invitation({ hostname, port }: Address): string {
  return [
    "",
    "Still running; the answers are made up. Try in another terminal:",
    `  dig @${hostname} -p ${port} example.org`,
    `  dig @${hostname} -p ${port} example.org TXT +tcp +short`,
    `  kdig @${hostname} -p ${port} example.org AAAA`,
    "Ctrl-C stops it.",
  ].join("\n");
}

/** Resolves at the first Ctrl-C or request to end; Windows knows only the former. */
function untilStopped(): Promise<void> {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
    resolve();
  };
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return promise;
}
