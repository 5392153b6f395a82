/**
 * The authorities that the TLS library trusts by itself, for chains that are verified here. The runtime (Deno
 * 2.9.6) tells them only to a program with every right to ask about the machine (`--allow-sys` without a
 * list), which this one does not have for everybody's sake: whoever needs them names a file.
 */

import { ConfigError } from "./settings/config_error.ts";

/** In PEM; throws `ConfigError` for `upstream` where they are not to be had. */
export function publicAuthorities(upstream: string): readonly string[] {
  const { getCACertificates } = globalThis.process.getBuiltinModule("node:tls");
  try {
    return getCACertificates("default");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const allowed = "before-time-sync needs the authorities to trust: add ca=FILE or --ca FILE, " +
      "such as /etc/ssl/certs/ca-certificates.crt";
    throw new ConfigError("--upstream", upstream, allowed);
  }
}
