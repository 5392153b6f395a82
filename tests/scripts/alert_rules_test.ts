/** The alert rules for Prometheus: what they ask for is there, and they fire when they should and only then. */

import { parse } from "@std/yaml";
import { assert, assertEquals } from "@std/assert";
import { MetricsText } from "../../lib/app/web/metrics/metrics_text.ts";
import { FACTS, sampleMeasures } from "../helpers/measures.ts";
import { samplesOf } from "../helpers/prometheus.ts";
import { findProgram, peerTest } from "../helpers/real_peer.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

const PATH = new URL("../../scripts/prometheus/dnsfwd.rules.yml", import.meta.url).pathname;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: { readonly summary: string; readonly description: string };
}

const { groups } = parse(Deno.readTextFileSync(PATH)) as {
  groups: readonly { rules: readonly Rule[] }[];
};
const RULES = groups.flatMap(({ rules }) => rules);

async function promtool(...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(findProgram("promtool") ?? "", { args })
    .output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("the alert rules use metrics that the program tells, and say what to do", () => {
  const names = new Set(
    [...samplesOf(new MetricsText().of(sampleMeasures(), FACTS)).keys()].map((key) =>
      key.split("{")[0]
    ),
  );
  for (const { alert, annotations, expr } of RULES) {
    const used = expr.match(/\b(dnsfwd|process)_\w+/g) ?? [];
    assertEquals(used.filter((name) => !names.has(name)), [], alert);
    assert(used.length > 0 && annotations.description.length > 20, alert);
  }
  assertEquals(new Set(RULES.map(({ alert }) => alert)).size, RULES.length);
});

peerTest(["promtool"], "promtool has nothing against the alert rules", async () => {
  const { code, said } = await promtool("check", "rules", PATH);
  assertEquals(code, 0, said);
});

const OWN = 'job="dnsfwd",instance="box:10853"';
const UPSTREAM = `upstream="tls://192.0.2.1:853",${OWN}`;
const DAY = 86_400;

/** The series of an instance that is well, a value each minute, but for `changes`. */
function series(changes: Record<string, string>) {
  const usual: Record<string, string> = {
    [`up{${OWN}}`]: "1x60",
    [`dnsfwd_build_info{version="1",${OWN}}`]: "1x60",
    [`dnsfwd_state{state="working",${OWN}}`]: "1x60",
    [`dnsfwd_state{state="degraded",${OWN}}`]: "0x60",
    [`dnsfwd_state{state="failing",${OWN}}`]: "0x60",
    [`dnsfwd_ready{${OWN}}`]: "1x60",
    [`dnsfwd_upstream_up{${UPSTREAM}}`]: "1x60",
    [`dnsfwd_upstream_certificate_expiry_timestamp_seconds{${UPSTREAM}}`]: `${90 * DAY}x90`,
    [`process_start_time_seconds{${OWN}}`]: "100x60",
    // Of others, which are no business of these rules.
    'up{job="other",instance="x"}': "0x60",
    'process_start_time_seconds{job="other",instance="x"}': "0+60x60",
  };
  return Object.entries({ ...usual, ...changes }).map(([series, values]) => ({ series, values }));
}

/** Which alerts there are in the end of these minutes. */
interface Case {
  readonly what: string;
  readonly changes: Record<string, string>;
  readonly at: string;
  readonly fires: readonly string[];
}

const state = (word: string) => `dnsfwd_state{state="${word}",${OWN}}`;
const CASES: readonly Case[] = [
  { what: "all is well", changes: {}, at: "60m", fires: [] },
  {
    what: "failing",
    changes: { [state("failing")]: "0x4 1x60" },
    at: "10m",
    fires: ["DnsfwdFailing"],
  },
  {
    what: "failing for a moment",
    changes: { [state("failing")]: "0x4 1 0x60" },
    at: "5m",
    fires: [],
  },
  {
    what: "degraded",
    changes: { [state("degraded")]: "1x60" },
    at: "11m",
    fires: ["DnsfwdDegraded"],
  },
  { what: "degraded briefly", changes: { [state("degraded")]: "1x60" }, at: "9m", fires: [] },
  {
    what: "an upstream is down",
    changes: { [`dnsfwd_upstream_up{${UPSTREAM}}`]: "0x60" },
    at: "6m",
    fires: ["DnsfwdUpstreamDown"],
  },
  {
    what: "a certificate ends in ten days",
    changes: {
      [`dnsfwd_upstream_certificate_expiry_timestamp_seconds{${UPSTREAM}}`]: `${10 * DAY}x90`,
    },
    at: "61m",
    fires: ["DnsfwdCertificateEnds"],
  },
  {
    what: "not ready for longer than a drain",
    changes: { [`dnsfwd_ready{${OWN}}`]: "0x60" },
    at: "7m",
    fires: ["DnsfwdNotReady"],
  },
  {
    what: "it restarts again and again",
    changes: { [`process_start_time_seconds{${OWN}}`]: "100 200 300 400x60" },
    at: "20m",
    fires: ["DnsfwdRestarts"],
  },
  {
    what: "it is started again once",
    changes: { [`process_start_time_seconds{${OWN}}`]: "100x5 200x60" },
    at: "20m",
    fires: [],
  },
  {
    what: "it is gone",
    changes: { [`up{${OWN}}`]: "1x5 0x60", [`dnsfwd_build_info{version="1",${OWN}}`]: "1x5 stale" },
    at: "10m",
    fires: ["DnsfwdGone"],
  },
];

peerTest(["promtool"], "the alerts fire when they should, and only then", async () => {
  using temp = new TempDirectory();
  for (const { at, changes, fires, what } of CASES) {
    const alert_rule_test = RULES.map(({ alert }) => ({
      eval_time: at,
      alertname: alert,
      // Whatever it says, that there is one.
      exp_alerts: [],
    }));
    const expected = RULES.map(({ alert, expr, for: delay }) => ({ alert, expr, for: delay }));
    const rules = `${temp.path}/rules.yml`;
    // Without words, of which there are many: which alerts there are is what is tested.
    const bare = [{ name: "bare", rules: expected.map((rule) => ({ ...rule, labels: {} })) }];
    await Deno.writeTextFile(rules, JSON.stringify({ groups: bare }));
    const tests = [{
      interval: "1m",
      input_series: series(changes),
      alert_rule_test: alert_rule_test.filter(({ alertname }) => !fires.includes(alertname)),
      promql_expr_test: fires.map((name) => ({
        expr: `count(ALERTS{alertname="${name}",alertstate="firing"})`,
        eval_time: at,
        exp_samples: [{ labels: "{}", value: 1 }],
      })),
    }];
    const file = `${temp.path}/test.yml`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({ rule_files: [rules], evaluation_interval: "1m", tests }),
    );
    const { code, said } = await promtool("test", "rules", file);
    assertEquals(code, 0, `${what}:\n${said}`);
  }
});
