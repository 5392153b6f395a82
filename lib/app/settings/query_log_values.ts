/** The log of queries that the settings ask for. */

import type { ClientDetail } from "../query_log/client_text.ts";
import type { Rotation } from "../log_rotation.ts";
import { type QueryLogConfig, STANDARD_OUTPUT } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { pathOf, type Values } from "./given.ts";
import type { Problems } from "./problems.ts";

const NONE = "none";

export interface Surroundings {
  /** Nobody reads the standard output. */
  readonly isBackground: boolean;
  readonly rotation: Rotation;
  readonly problems: Problems;
}

export function parseQueryLog(
  values: Values,
  clients: ClientDetail,
  { isBackground, problems, rotation }: Surroundings,
): QueryLogConfig | undefined {
  const given = values.of("query-log").at(-1);
  if (given === undefined || given.text === NONE) return undefined;
  if (given.text !== STANDARD_OUTPUT) return { path: pathOf(given.text, given), clients, rotation };
  if (!isBackground) return { path: STANDARD_OUTPUT, clients, rotation };
  const allowed = "expected a file, as nobody reads the standard output in the background";
  problems.add(new ConfigError(given.setting, given.text, allowed));
}
