/** The files of certificates and keys that a configuration names. Read at the start, and at each reload. */

import type { Target } from "../net/dial.ts";
import type { DialerOptions } from "../net/dialer.ts";
import type { ClientCertificate, Identity } from "../net/identity.ts";
import { ConfigError } from "./settings/config_error.ts";
import { reasonOf } from "./system_error.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----";

/** The text of each file; throws `ConfigError`, whose setting is `name`, for one without certificates. */
export function readAuthorities(name: string, files: readonly string[]): string[] {
  return files.map((file) => readCertificates(name, file));
}

/** What a target is dialed with: its own authorities, else `caCerts`, and our certificate. Throws `ConfigError`. */
export function readIdentity(
  target: Target,
  caCerts: readonly string[],
): Pick<DialerOptions, "caCerts" | "client"> {
  if (target.transport !== "tls" || !target.identity) return { caCerts };
  const { caFiles } = target.identity;
  const own = readAuthorities("--upstream, ca", caFiles);
  return {
    caCerts: own.length > 0 ? own : caCerts,
    client: readClientCertificate(target.identity),
  };
}

/** Our own certificate, if the identity names one; throws `ConfigError` unless certificate and key are a pair. */
function readClientCertificate(identity: Identity): ClientCertificate | undefined {
  const { certFile, keyFile } = identity;
  if (certFile === undefined || keyFile === undefined) return undefined;
  const cert = readCertificates("--upstream, cert", certFile);
  const key = readText("--upstream, key", keyFile, "a private key (PEM)");
  if (!isPair(cert, key)) {
    throw new ConfigError(
      "--upstream, key",
      keyFile,
      `expected the private key (PEM, not encrypted) of the first certificate in ${certFile}`,
    );
  }
  return { cert, key };
}

function isPair(cert: string, key: string): boolean {
  // Not imported: 2 MB of memory, for the few who have a certificate.
  const { createPrivateKey, X509Certificate } = globalThis.process.getBuiltinModule("node:crypto");
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function readCertificates(name: string, file: string): string {
  const text = readText(name, file, "a file of certificates (PEM)");
  if (text.includes(CERTIFICATE)) return text;
  const reason = text.trim() === ""
    ? "the file is empty"
    : "the file holds no certificate in PEM form";
  throw new ConfigError(name, file, reason);
}

function readText(name: string, file: string, expected: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const reason = reasonOf(error, "file");
    throw new ConfigError(name, file, `cannot be read: ${reason}; expected ${expected}`);
  }
}
