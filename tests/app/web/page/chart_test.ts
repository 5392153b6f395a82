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
  assertEquals(pathOf("main", [0, 50, 100]), "M3.5 100L4.5 50L5.5 0");
});

Deno.test("chartHtml() interrupts a line where there is no value, and makes one of a lone one as wide as its sample", () => {
  assertEquals(
    pathOf("main", [10, 20, null, 30, null, 40, 50]),
    [
      "M11.5 90L12.5 80",
      "M14 70h1",
      "M16.5 60L17.5 50",
    ].join(""),
  );
  assertEquals(pathOf("main", [50]), "M5 50h1");
  assertEquals(pathOf("main", [null, null]), "");
});

Deno.test("chartHtml() marks whatever happened, however little of it", () => {
  assertEquals(pathOf("marks", [0, 0.1, 50]), "M4 100v-5h1v5zM5 100v-50h1v50z");
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

Deno.test("chartHtml() has an axis that grows from a minute to a quarter of an hour with what there is", () => {
  const axis = (samples: number) => {
    const text = drawn("main", new Array(samples).fill(1));
    const times = text.split('class="times"')[1].split("</svg>")[0];
    const labels = [...times.matchAll(/>([^<]+)<\/text>/g)].map(([, label]) => label);
    return [/class="drawing" viewBox="0 0 (\d+) 100"/.exec(text)?.[1], ...labels];
  };
  assertEquals(axis(0), ["6", "1 min", "40 s", "20 s", "now"]);
  assertEquals(axis(2), axis(0));
  assertEquals(axis(6), axis(0));
  assertEquals(axis(7), ["18", "3 min", "2 min", "1 min", "now"]);
  assertEquals(axis(19), ["36", "6 min", "4 min", "2 min", "now"]);
  assertEquals(axis(37), ["90", "15 min", "10 min", "5 min", "now"]);
  assertEquals(axis(90), axis(37));
});
