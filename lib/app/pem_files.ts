/** The files of certificates and keys that a configuration names. Read at the start, and at each reload. */

import type { Target } from "../net/dial.ts";
import type { DialerOptions } from "../net/dialer.ts";
import type { ClientCertificate, Identity } from "../net/identity.ts";
import { certificatesIn, PemError, privateKeyIn } from "./pem_text.ts";
import { ConfigError } from "./settings/config_error.ts";
import { reasonOf } from "./system_error.ts";

/** The certificates of each file as PEM; throws `ConfigError`, whose setting is `name`, for one that has none. */
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
  const key = privateKeyIn(readOctets("--upstream, key", keyFile, "a private key (PEM)"));
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

/** The certificates of `file` as PEM; throws `ConfigError`, whose setting is `name`, if one cannot be read. */
export function readCertificates(name: string, file: string): string {
  const octets = readOctets(name, file, "a file of certificates (PEM)");
  try {
    return certificatesIn(octets);
  } catch (error) {
    if (error instanceof PemError) throw new ConfigError(name, file, error.message);
    throw error;
  }
}

function readOctets(name: string, file: string, expected: string): Uint8Array {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    const reason = reasonOf(error, "file");
    throw new ConfigError(name, file, `cannot be read: ${reason}; expected ${expected}`);
  }
}
