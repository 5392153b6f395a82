/** The command `config`: prints what helps to write a configuration file. */

import { defaultFile } from "./default_file.ts";
import { configSchema } from "./schema.ts";

export function runConfigCommand(print: "default" | "schema"): number {
  const text = print === "default"
    ? defaultFile().trimEnd()
    : JSON.stringify(configSchema(), undefined, 2);
  console.log(text);
  return 0;
}
