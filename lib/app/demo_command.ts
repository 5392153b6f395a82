/** The command `demo`, with the real forwarder put in. */

import { systemClock } from "../base/clock.ts";
import { configureLog } from "../base/log.ts";
import { Severity } from "../base/log/line.ts";
import { LineQueue } from "./line_queue.ts";
import { StandardStream } from "./standard_stream.ts";
import { type DemoOptions, type DemoSettings, runDemo } from "./demo/demo.ts";
import { type Forwarder, startForwarder } from "./forwarder.ts";
import { ANONYMOUS, UNWATCHED } from "./settings/health_settings.ts";
import { DEFAULT_LIMITS } from "./settings/limits.ts";

/** Runs the demo, which ends by itself where nobody is at a terminal to end it; returns the exit code. */
export function runDemoCommand(options: DemoOptions): Promise<number> {
  const once = options.once || !Deno.stdin.isTerminal() || !Deno.stdout.isTerminal();
  // The only authority is the one that the demo makes.
  Deno.env.set("DENO_TLS_CA_STORE", ",");
  const warning = (text: string) => `Warning: ${text}`;
  const sink = new StandardStream("stderr");
  const lines = new LineQueue({ sink, clock: systemClock, warning, slow: "nobody has read them" });
  configureLog({ level: Severity.WARNING, format: "human", write: (line) => lines.write(line) });
  return runDemo(start, { ...options, once });
}

function start({ listen, upstream, serverName, authority }: DemoSettings): Promise<Forwarder> {
  return Promise.resolve(startForwarder({
    listen: [listen],
    isDefaultListen: false,
    upstreams: [{ transport: "tls", ...upstream, serverName }],
    policy: "failover",
    isolate: undefined,
    caCerts: [authority],
    truncate: false,
    allow: [],
    udpIo: "auto",
    metrics: undefined,
    queryLog: undefined,
    bootstrap: [],
    stateDirectory: undefined,
    isStateWanted: false,
    limits: DEFAULT_LIMITS,
    health: UNWATCHED,
    identity: ANONYMOUS,
  }));
}
