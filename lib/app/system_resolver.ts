/** Whom the system asks for names: if that is this program, it cannot ask for its upstream's name. */

import { type Address, DNS_PORT } from "../net/address.ts";

const FILE = "/etc/resolv.conf";

/** Whether a resolver named in `text`, of the form of resolv.conf(5), is one of `addresses`. */
export function namesOneOf(text: string, addresses: readonly Address[]): boolean {
  const resolvers = Array.from(text.matchAll(/^\s*nameserver\s+(\S+)/gm), ([, host]) => host);
  return addresses.some(({ hostname, port }) => port === DNS_PORT && resolvers.includes(hostname));
}

/** Whether the system asks one of `addresses`, as far as can be told. */
export function systemAsks(addresses: readonly Address[]): boolean {
  try {
    return namesOneOf(Deno.readTextFileSync(FILE), addresses);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return false;
    }
    throw error;
  }
}
