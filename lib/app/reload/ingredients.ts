/** What a resolution is made of: as long as that is the same, another one would be no different. */

import { readIdentity } from "../pem_files.ts";
import type { Config } from "../settings/config.ts";

/**
 * All of it as one text, the contents of files included, to be compared and not to be shown: private keys are in
 * it. Throws `ConfigError` for a file that is no good.
 */
export function ingredientsOf(config: Config): string {
  const { upstreams, policy, isolate, bootstrap, caCerts, stateDirectory, limits } = config;
  const { upstreamConnections, isolated } = limits;
  const files = upstreams.map((target) => readIdentity(target, []));
  const settings = { policy, isolate, bootstrap, stateDirectory, upstreamConnections, isolated };
  return JSON.stringify({ upstreams, files, caCerts, ...settings });
}
