/** The style and the script of the page as they stand in it: without their indentation and their comments. */

import PAGE_SCRIPT from "./page.js" with { type: "text" };
import PAGE_STYLE from "./page.css" with { type: "text" };
import CHART_STYLE from "./chart.css" with { type: "text" };
import TABLE_STYLE from "./tables.css" with { type: "text" };

export const STYLE: string = [PAGE_STYLE, CHART_STYLE, TABLE_STYLE].map(compact).join("");
export const SCRIPT: string = compact(PAGE_SCRIPT);

/** Of comments those that begin a line; ends of lines stay, as a script may need them. */
function compact(text: string): string {
  return text.replace(/^\s*\/\*[^]*?\*\/\n|^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, "");
}
