/** What can be known of a configuration before anything is started or ended for its sake. */

import { readAuthorities, readIdentity } from "../pem_files.ts";
import type { RunCommand } from "../settings/command.ts";
import { checkKeyLog } from "../tls_settings.ts";

/** Throws `ConfigError` for a file that cannot be used, as the forwarder itself would. */
export function checkFiles({ allowKeyLog, caFiles, config }: RunCommand): void {
  checkKeyLog(allowKeyLog);
  const authorities = readAuthorities("--ca", caFiles);
  for (const target of config.upstreams) readIdentity(target, authorities);
}
