/** How the page draws: what the paths of a chart say. */

import { assertEquals } from "@std/assert";
import { linearAxis } from "../../../../lib/app/web/page/axis.ts";
import { type Chart, chartHtml, type Curve } from "../../../../lib/app/web/page/chart.ts";
import { REPORT } from "../../../helpers/report.ts";

type Values = Curve["values"];

/** A chart of one curve on an axis up to 100. */
function drawn(kind: Curve["kind"], values: Values): string {
  const chart: Chart = {
    id: "test",
    title: "Test",
    unit: "per second",
    axis: linearAxis(100),
    tick: String,
    curves: [{ name: "curve", kind, values }],
    reading: (at) => `value ${values[at]}`,
    summary: "A test.",
  };
  return chartHtml(chart, { ...REPORT.series, queries: values.map((value) => value ?? 0) }).text;
}

function pathOf(kind: Curve["kind"], values: Values): string | undefined {
  const drawing = drawn(kind, values).split('class="drawing"')[1];
  return new RegExp(`<path class="${kind}" d="([^"]*)"`).exec(drawing)?.[1];
}

Deno.test("chartHtml() draws the latest value at the right, and zero at the bottom", () => {
  assertEquals(pathOf("main", [0, 50, 100]), "M87.5 100L88.5 50L89.5 0");
});

Deno.test("chartHtml() interrupts a line where there is no value, and makes one of a lone one as wide as its sample", () => {
  assertEquals(
    pathOf("main", [10, 20, null, 30, null, 40, 50]),
    [
      "M83.5 90L84.5 80",
      "M86 70h1",
      "M88.5 60L89.5 50",
    ].join(""),
  );
  assertEquals(pathOf("main", [50]), "M89 50h1");
  assertEquals(pathOf("main", [null, null]), "");
});

Deno.test("chartHtml() marks whatever happened, however little of it", () => {
  assertEquals(pathOf("marks", [0, 0.1, 50]), "M88 100v-5h1v5zM89 100v-50h1v50z");
});

Deno.test("chartHtml() tells each value in words, and the latest where nothing is pointed at", () => {
  const text = drawn("main", [1, 2, 3]);
  assertEquals([...text.matchAll(/<title>([^<]*)</g)].map(([, title]) => title), [
    "20 s ago: value 1",
    "10 s ago: value 2",
    "Last 10 s: value 3",
  ]);
  assertEquals(/class="reading"[^>]*>([^<]*)</.exec(text)?.[1], "Last 10 s: value 3");
  assertEquals(
    /class="reading"[^>]*>([^<]*)</.exec(drawn("main", []))?.[1],
    "Nothing measured yet",
  );
});

Deno.test("chartHtml() has a text for those who do not see it", () => {
  assertEquals(/role="img" aria-label="([^"]*)"/.exec(drawn("main", [1]))?.[1], "A test.");
});
