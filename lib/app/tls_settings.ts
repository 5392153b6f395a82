/** What every command that uses TLS settles before its first use. */

import { ConfigError } from "./settings/config_error.ts";
import { readAuthorities } from "./pem_files.ts";

/** The TLS library would write the keys of every connection to a file that a variable names. */
export function checkKeyLog(isAllowed: boolean): void {
  const file = Deno.env.get("SSLKEYLOGFILE");
  if (isAllowed || file === undefined) return;
  const allowed = "would write the TLS keys to a file; unset it or add --allow-key-log";
  throw new ConfigError("Environment variable SSLKEYLOGFILE", file, allowed);
}

/** The certificates of `--ca`, which are the only ones trusted from then on; throws `ConfigError`. */
export function trustOnly(files: readonly string[]): string[] {
  const certificates = readAuthorities("--ca", files);
  // The runtime adds its own authorities to ours; it reads this variable at the first use of TLS.
  if (certificates.length > 0) Deno.env.set("DENO_TLS_CA_STORE", ",");
  return certificates;
}
