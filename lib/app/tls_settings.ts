/** What every command that uses TLS settles before its first use. */

import { ConfigError } from "./config_error.ts";

/** The TLS library would write the keys of every connection to a file that a variable names. */
export function checkKeyLog(isAllowed: boolean): void {
  const file = Deno.env.get("SSLKEYLOGFILE");
  if (isAllowed || file === undefined) return;
  const allowed = "would write the TLS keys to a file; unset it or add --allow-key-log";
  throw new ConfigError("Environment variable SSLKEYLOGFILE", file, allowed);
}

/** The certificates of `--ca`, which are the only ones trusted from then on; throws `ConfigError`. */
export function trustOnly(files: readonly string[]): string[] {
  const certificates = files.map(readCertificates);
  // The runtime adds its own authorities to ours; it reads this variable at the first use of TLS.
  if (certificates.length > 0) Deno.env.set("DENO_TLS_CA_STORE", ",");
  return certificates;
}

function readCertificates(file: string): string {
  const text = readText(file);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new ConfigError("--ca", file, "the file holds no certificate in PEM form");
}

function readText(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const { code } = error as { code?: string };
    const reason = code === "ENOENT"
      ? "no such file"
      : code === "EACCES"
      ? "no permission to read it"
      : String((error as Error).message);
    throw new ConfigError(
      "--ca",
      file,
      `cannot be read: ${reason}; expected a file of certificates (PEM)`,
    );
  }
}
