import { assertEquals } from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";

Deno.test("ConfigError.message names the setting, its value if there is one, and what is allowed", () => {
  const cases: [string | undefined, string][] = [
    ["8", '--log-level "8": allowed are 0 to 7'],
    ["", '--log-level "": allowed are 0 to 7'],
    [undefined, "--log-level: allowed are 0 to 7"],
  ];
  for (const [value, message] of cases) {
    const error = new ConfigError("--log-level", value, "allowed are 0 to 7");
    assertEquals([error.name, error.message], ["ConfigError", message]);
  }
});
