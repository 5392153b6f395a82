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
import type { Routes } from "./web_server.ts";

/** Where all of it comes from; each is cheap enough to be asked at any time. */
export interface Told {
  measures(): Measures;
  status(): Report;
  /** As last found, without another look. */
  health(): Health;
  /** What happened last. */
  events(): readonly RecordedEvent[];
  /** Milliseconds since the configuration in use was read. */
  configAge(): number;
}

/** The routes of a server, which are to be kept as long as it runs: counters must not go down. */
export function makeRoutes(told: Told, clock: Clock): Routes {
  const metrics = new MetricsText();
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
  };
}

function contentOf(told: Told): PageContent {
  const report = told.status();
  const verdict = verdictOf(report, told.health().problem);
  return { report, verdict, events: told.events().filter(isForPeople), now: Date.now() };
}

/** Connections come and go: whoever wants to know of each has the events. */
function isForPeople({ level }: RecordedEvent): boolean {
  return level !== "debug";
}

/** None of it takes a permission. */
function factsOf(told: Told, clock: Clock): Facts {
  const { heapUsed, rss } = Deno.memoryUsage();
  const { system, user } = process.cpuUsage();
  return {
    version: VERSION,
    isHealthy: told.health().problem === undefined,
    now: clock.now(),
    wall: Date.now(),
    configAge: told.configAge(),
    resident: rss,
    heapUsed,
    cpu: (system + user) / 1e6,
  };
}
