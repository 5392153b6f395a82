/** The style and the script of the page as they stand in it: without their indentation and their comments. */

import WRITTEN_SCRIPT from "./page.js" with { type: "text" };
import WRITTEN_STYLE from "./page.css" with { type: "text" };

export const STYLE: string = compact(WRITTEN_STYLE);
export const SCRIPT: string = compact(WRITTEN_SCRIPT);

/** Of comments those that begin a line; ends of lines stay, as a script may need them. */
function compact(text: string): string {
  return text.replace(/^\s*\/\*[^]*?\*\/\n|^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, "");
}
