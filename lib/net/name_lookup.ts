/**
 * The address of an upstream's name, asked of a resolver of one's choice: not of the system's, which may
 * be this very program (RFC 8310, 7). The answer need not be trusted, as the certificate is verified.
 */

import { type Address, formatAddress } from "./address.ts";
import { DialError } from "./dial_error.ts";

/** An IPv4 address if there is one, else an IPv6 address; rejects with `DialError`. */
export async function lookUp(name: string, resolver: Address, timeout: number): Promise<string> {
  const options = {
    nameServer: { ipAddr: resolver.hostname, port: resolver.port },
    signal: AbortSignal.timeout(timeout),
  };
  let cause: unknown;
  for (const type of ["A", "AAAA"] as const) {
    try {
      const [address] = await Deno.resolveDns(`${name}.`, type, options);
      if (address !== undefined) return address;
    } catch (error) {
      cause = error;
    }
  }
  throw new DialError("connect", `name not found at ${formatAddress(resolver)}`, cause);
}
