/** Whether the query log can be written; its file is not made. */

import { needsFile } from "../query_log/query_logs.ts";
import type { QueryLogConfig } from "../settings/config.ts";
import { ConfigError } from "../settings/config_error.ts";
import { reasonOf } from "../state_directory.ts";
import { tryAppending } from "./appending_trial.ts";
import type { Findings } from "./findings.ts";

/** What is wrong is found under the name of `place`. */
export function tryQueryLog(
  config: QueryLogConfig | undefined,
  place: string,
  findings: Findings,
): void {
  if (config === undefined || !needsFile(config)) return;
  try {
    tryAppending(config.path);
  } catch (error) {
    const allowed = `cannot be written: ${
      reasonOf(error)
    }; expected a file to append to, stdout or none`;
    findings.add(new ConfigError(place, config.path, allowed));
  }
}
