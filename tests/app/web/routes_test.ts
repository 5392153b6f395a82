/** The probes beside the metrics: what they say, and what that costs. */

import { assertEquals } from "@std/assert";
import type { Health } from "../../../lib/app/instance/control_protocol.ts";
import { makeRoutes, type Told } from "../../../lib/app/web/routes.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { sampleMeasures } from "../../helpers/measures.ts";
import { DOWN_UPSTREAM, REPORT } from "../../helpers/report.ts";

const WELL: Health = { problem: undefined, state: "working", notReady: [] };

/** Asks a path of a program with that health; status and text, and how often a report was made. */
async function asked(path: string, health: Health, times = 1) {
  let reports = 0;
  const upstreams = health.state === "working" ? REPORT.upstreams : [DOWN_UPSTREAM];
  const told: Told = {
    measures: sampleMeasures,
    status: () => {
      reports++;
      return { ...REPORT, upstreams };
    },
    health: () => health,
    identity: () => "",
    events: () => [],
    configAge: () => 0,
  };
  const route = makeRoutes(told, new FakeClock())[path];
  let content = await route();
  for (let each = 1; each < times; each++) content = await route();
  return { status: content.status, text: content.text, reports };
}

const DOWN = "Failing: upstream dns2.example has been down for 2 min: connection refused";

Deno.test("/livez says whether the program answers its own questions, whatever upstreams do", async () => {
  assertEquals(await asked("/livez", WELL), { status: 200, text: "ok\n", reports: 0 });
  const failing: Health = { ...WELL, state: "failing", notReady: ["Draining: ends in 3 s"] };
  assertEquals((await asked("/livez", failing)).status, 200);
  const dead: Health = { ...failing, problem: "no answer on [::1]:53 (UDP)" };
  assertEquals(await asked("/livez", dead), {
    status: 503,
    text: "no answer on [::1]:53 (UDP)\n",
    reports: 0,
  });
});

Deno.test("/readyz says why it is not ready, a reason in each line, and what is wrong though it is", async () => {
  const { status, text } = await asked("/readyz", WELL);
  assertEquals([status, text], [200, "ok\n"]);
  const failing: Health = { ...WELL, state: "failing" };
  assertEquals((await asked("/readyz", failing)).text, `ok\n${DOWN}\n`);
  const notReady = ["Listening on no address", "No upstream has worked for 17 s"];
  const not = await asked("/readyz", { ...failing, notReady });
  assertEquals([not.status, not.text], [503, `${notReady.join("\n")}\n${DOWN}\n`]);
  const draining = await asked("/readyz", { ...WELL, notReady: ["Draining: ends in 3 s"] });
  assertEquals([draining.status, draining.text], [503, "Draining: ends in 3 s\n"]);
});

Deno.test("/readyz makes no report for each of many who ask at once", async () => {
  assertEquals((await asked("/readyz", { ...WELL, state: "failing" }, 1000)).reports, 1);
  assertEquals((await asked("/readyz", WELL, 1000)).reports, 0);
});
