/**
 * The addresses of upstreams given by name, kept in the state directory for a start at which nobody can be
 * asked for them. One file for all:
 *
 *     { "dns.example": { "addresses": ["2001:db8::1", "192.0.2.1"], "learned": "2026-11-23T19:00:00.000Z" } }
 */

import { isIpAddress } from "../net/address.ts";
import type { AddressStore, SavedAddresses } from "../net/whereabouts.ts";
import type { StateDirectory } from "./state_directory.ts";

const FILE = "addresses.json";
/** Names of upstreams that are no longer configured stay for a while. */
const MAX_NAMES = 32;

interface Entry {
  readonly addresses: readonly string[];
  readonly learned: string;
}

export class AddressCache implements AddressStore {
  readonly #state: StateDirectory;

  constructor(state: StateDirectory) {
    this.#state = state;
  }

  load(name: string): SavedAddresses | undefined {
    const entry = this.#read().get(key(name));
    return entry && { addresses: entry.addresses, learned: Date.parse(entry.learned) };
  }

  /** Adds to what the file has by now, as other programs may share it. */
  save(name: string, { addresses, learned }: SavedAddresses): void {
    const entries = this.#read();
    // The latest come last.
    entries.delete(key(name));
    entries.set(key(name), { addresses, learned: new Date(learned).toISOString() });
    const latest = [...entries].slice(-MAX_NAMES);
    this.#state.write(FILE, `${JSON.stringify(Object.fromEntries(latest), null, 2)}\n`);
  }

  #read(): Map<string, Entry> {
    const text = this.#state.read(FILE);
    if (text === undefined) return new Map();
    const entries = parseEntries(text);
    if (entries === undefined) this.#state.putAside(FILE, "it does not hold addresses of names");
    return new Map(entries);
  }
}

/** Names are compared without regard to case (RFC 4343). */
function key(name: string): string {
  return name.toLowerCase();
}

/** Undefined if the text is anything else. */
function parseEntries(text: string): [string, Entry][] | undefined {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return entries.every(isEntry) ? entries : undefined;
  } catch {
    // No JSON, or nothing that has entries.
    return undefined;
  }
}

function isEntry(pair: [string, unknown]): pair is [string, Entry] {
  const { addresses, learned } = (pair[1] ?? {}) as Partial<Entry>;
  return Array.isArray(addresses) && addresses.length > 0 &&
    addresses.every((address) => typeof address === "string" && isIpAddress(address)) &&
    typeof learned === "string" && !Number.isNaN(Date.parse(learned));
}
