/**
 * The addresses that are to be served as soon as that is possible: the machine does not have them yet, or no
 * longer, or something was in the way when they came. The log is told once of each, and again if the reason is
 * another one.
 */

import type { Logger } from "../../base/log.ts";
import { type Address, formatAddress, isWildcard } from "../../net/address.ts";
import { BindError } from "../bind.ts";
import { type FailedAddress, isAwaitable } from "./open_addresses.ts";

export class AwaitedAddresses {
  readonly #log: Logger;
  #list: readonly Address[] = [];
  #blocked: readonly string[] = [];
  /** What the log was told, by address. */
  #told = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** In the order of the configuration. */
  get list(): readonly Address[] {
    return this.#list;
  }

  /** Of those that this machine has, and that cannot be opened all the same: which, and why. */
  get blocked(): readonly string[] {
    return this.#blocked;
  }

  /** These are awaited from now on and no others; `had` tells which the machine had until now. */
  await(failed: readonly FailedAddress[], had: (address: Address) => boolean = () => false): void {
    this.#list = failed.map(({ address }) => address);
    // What is left out on purpose, as the program would ask itself there, stands in nobody's way.
    this.#blocked = failed.filter(({ reason }) => reason instanceof BindError && !reason.isMissing)
      .map((each) => lineOf(each, false));
    const told = new Map<string, string>();
    for (const each of failed) {
      const name = formatAddress(each.address);
      const { message } = each.reason;
      told.set(name, message);
      if (this.#told.get(name) !== message) this.#log.warning(lineOf(each, had(each.address)));
    }
    this.#told = told;
  }
}

/** Says of an address that it is not served now, and why, and that it will be. */
export function absenceText(what: string, address: Address): string {
  const { hostname } = address;
  const family = hostname.includes(":") ? "IPv6" : "IPv4";
  const why = isWildcard(hostname)
    ? `this machine has no ${family} address`
    : "this machine does not have that address";
  return `${what} ${formatAddress(address)} yet: ${why}; it is opened as soon as it comes`;
}

function lineOf({ address, reason }: FailedAddress, wasThere: boolean): string {
  const name = formatAddress(address);
  if (!isAwaitable(reason)) return `Not listening on ${name}: ${reason.message}`;
  if (!wasThere) return absenceText("Not listening on", address);
  return `No longer listening on ${name}: this machine does not have that address any more; ` +
    "it is opened again as soon as it returns";
}
