/** The dashboard for Grafana: what it asks for is there, and can be asked so. */

import { assert, assertEquals } from "@std/assert";
import { MetricsText } from "../../lib/app/web/metrics/metrics_text.ts";
import dashboard from "../../scripts/grafana/dnsfwd.json" with { type: "json" };
import { FACTS, sampleMeasures } from "../helpers/measures.ts";
import { samplesOf } from "../helpers/prometheus.ts";
import { findProgram, peerTest } from "../helpers/real_peer.ts";

const { annotations, panels, templating } = dashboard;
const EXPRESSIONS = [
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...annotations.list.map(({ expr }) => expr),
];
const SAMPLES = samplesOf(new MetricsText().of(sampleMeasures(), FACTS));
/** Given by Prometheus itself, or by histograms. */
const LABELS_OF_OTHERS = ["instance", "le"];

Deno.test("the dashboard uses metrics and labels that the program tells, and no others", () => {
  const names = new Set([...SAMPLES.keys()].map((key) => key.split("{")[0]));
  const query = templating.list.map(({ query }) => JSON.stringify(query)).join();
  const used = [...EXPRESSIONS, query].flatMap((text) =>
    text.match(/\b(dnsfwd|process)_\w+/g) ?? []
  );
  assert(used.length > 20);
  assertEquals([...new Set(used)].filter((name) => !names.has(name)), []);
  const labels = new Set([...SAMPLES.keys()].flatMap((key) => key.match(/\w+(?==")/g) ?? []));
  const legends = panels.flatMap(({ targets }) => targets.map(({ legendFormat }) => legendFormat));
  const shown = legends.flatMap((text) => text.match(/(?<=\{\{)\w+/g) ?? []);
  const grouped = EXPRESSIONS.flatMap((text) =>
    [...text.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/, */))
  );
  const known = (label: string) => labels.has(label) || LABELS_OF_OTHERS.includes(label);
  assertEquals([...shown, ...grouped].filter((label) => !known(label)), []);
});

Deno.test("the dashboard shows every part of a panel's legend that its expression leaves", () => {
  for (const { targets } of panels) {
    for (const { expr, legendFormat } of targets) {
      const [, list] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
      if (list === undefined) continue;
      const left = list.split(/, */).filter((label) => label !== "le");
      const shown: readonly string[] = legendFormat.match(/(?<=\{\{)\w+/g) ?? [];
      assertEquals(left.toSorted(), shown.toSorted(), expr);
    }
  }
});

Deno.test("the dashboard has panels with numbers of their own that do not overlap, and says what each shows", () => {
  assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + at % w} ${y + Math.floor(at / w)}`)
  );
  assertEquals(new Set(cells).size, cells.length);
  for (const { description, gridPos: { w, x }, title } of panels) {
    assert(description.length > 5 && x + w <= 24, title);
  }
});

peerTest(["promtool"], "promtool can read every expression of the dashboard", async () => {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-rules-", suffix: ".json" });
  try {
    const rules = EXPRESSIONS.map((expr, at) => ({
      record: `dnsfwd:rule_${at}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    // YAML is what it reads, of which JSON is a part.
    await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "all", rules }] }));
    const command = new Deno.Command(findProgram("promtool") ?? "", {
      args: ["check", "rules", file],
    });
    const { code, stderr, stdout } = await command.output();
    const text = new TextDecoder();
    assertEquals([code, text.decode(stderr)], [0, ""], text.decode(stdout));
  } finally {
    await Deno.remove(file);
  }
});
