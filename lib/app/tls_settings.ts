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

/** Files of further authorities, which the runtime trusts besides all others. */
const FURTHER = ["DENO_CERT", "NODE_EXTRA_CA_CERTS"];

/** The certificates of `--ca`, which are the only ones trusted from then on; throws `ConfigError`. */
export function trustOnly(files: readonly string[]): string[] {
  const certificates = readAuthorities("--ca", files);
  if (certificates.length === 0) return certificates;
  // The runtime adds its own authorities to ours; it reads these variables at the first use of TLS.
  Deno.env.set("DENO_TLS_CA_STORE", ",");
  for (const name of FURTHER) Deno.env.delete(name);
  return certificates;
}

/**
 * The same, for a program that also looks at servers which do not verify: without any authority of its own
 * (Deno 2.9.6) `node:tls` refuses them even where that is not asked for. So the runtime gets these, for as
 * long as the process lives: none for a program that may be given others.
 */
export function trustOnlyForGood(files: readonly string[]): string[] {
  const certificates = trustOnly(files);
  if (certificates.length > 0) {
    Deno.env.set(
      "DENO_CERT",
      `base64:${new TextEncoder().encode(certificates.join("\n")).toBase64()}`,
    );
  }
  return certificates;
}
