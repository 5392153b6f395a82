/** What is told at which path. */

import process from "node:process";
import type { Clock } from "../../base/clock.ts";
import type { RecordedEvent } from "../../base/log/flight_recorder.ts";
import { type Health, healthFields } from "../instance/control_protocol.ts";
import type { Measures } from "../report/measures.ts";
import type { Report } from "../report/report.ts";
import { VERSION } from "../version.ts";
import { verdictOf } from "../report/verdict.ts";
import { EXPOSITION_TYPE } from "./metrics/exposition.ts";
import { type Facts, MetricsText } from "./metrics/metrics_text.ts";
import type { PageContent } from "./page/page.ts";
import { pageRoutes } from "./page/page_routes.ts";
import { plainReply, type Reply } from "./reply_text.ts";
import type { Routes } from "./web_server.ts";

/** Where all of it comes from; each is cheap enough to be asked at any time. */
export interface Told {
  measures(): Measures;
  status(): Report;
  /** As last found, without another look. */
  health(): Health;
  /** Which of many instances it is; "": nobody is told. */
  identity(): string;
  /** What happened last. */
  events(): readonly RecordedEvent[];
  /** Milliseconds since the configuration in use was read. */
  configAge(): number;
}

/** Milliseconds for which the status line of the probes is the same. */
const LINE_TIME = 1000;

/** The routes of a server, which are to be kept as long as it runs: counters must not go down. */
export function makeRoutes(told: Told, clock: Clock): Routes {
  const metrics = new MetricsText();
  const line = kept(() => verdictOf(told.status(), told.health().problem).text, clock);
  return {
    ...pageRoutes(() => contentOf(told)),
    "/metrics": () => ({
      type: EXPOSITION_TYPE,
      text: metrics.of(told.measures(), factsOf(told, clock)),
    }),
    "/status.json": () => ({
      type: "application/json",
      text: `${JSON.stringify({ ...told.status(), ...healthFields(told.health()) })}\n`,
    }),
    "/livez": () => {
      const { problem } = told.health();
      return plainReply(problem === undefined ? 200 : 503, problem ?? "ok");
    },
    "/readyz": () => readiness(told.health(), line),
  };
}

/** `ok`, or why not; where something is wrong all the same, that is the second line. */
function readiness({ notReady, state }: Health, line: () => string): Reply {
  if (notReady.length > 0) {
    const more = state === "working" ? [] : [line()];
    return plainReply(503, [...notReady, ...more].join("\n"));
  }
  return plainReply(200, state === "working" ? "ok" : `ok\n${line()}`);
}

/** What `make` gives, for `LINE_TIME` the same: it takes a while to find out. */
function kept(make: () => string, clock: Clock): () => string {
  let text = "";
  let made = -Infinity;
  return () => {
    const now = clock.now();
    if (now - made >= LINE_TIME) [text, made] = [make(), now];
    return text;
  };
}

function contentOf(told: Told): PageContent {
  const report = told.status();
  const { notReady, problem } = told.health();
  const verdict = verdictOf(report, problem, notReady.length === 0);
  return { report, verdict, events: told.events().filter(isForPeople), now: Date.now() };
}

/** Connections come and go: the events have each of them. */
function isForPeople({ level }: RecordedEvent): boolean {
  return level !== "debug";
}

/** None of it takes a permission. */
function factsOf(told: Told, clock: Clock): Facts {
  const { heapUsed, rss } = Deno.memoryUsage();
  const { system, user } = process.cpuUsage();
  return {
    version: VERSION,
    state: told.health().state,
    isReady: told.health().notReady.length === 0,
    identity: told.identity(),
    now: clock.now(),
    wall: Date.now(),
    configAge: told.configAge(),
    resident: rss,
    heapUsed,
    cpu: (system + user) / 1e6,
  };
}
