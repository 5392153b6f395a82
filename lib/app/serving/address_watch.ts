/**
 * Follows the addresses of this machine while it runs: a VPN, another prefix of the provider, a bridge that is
 * made later. The kernel tells nobody who may not ask for it, so they are looked at: each second while an
 * address is awaited or a wildcard is served, else each five.
 */

import { type Address, canonicalHost, isWildcard, zoneOf } from "../../net/address.ts";
import type { Interfaces } from "../interfaces.ts";
import type { InterfaceAddress } from "../settings/listen_address.ts";

export interface AddressWatchOptions {
  readonly interfaces: Pick<Interfaces, "list">;
  /** The addresses of the configuration, wildcards among them. */
  readonly wanted: () => readonly Address[];
  /** Those served, each by a socket of its own. */
  readonly served: () => readonly Address[];
  /** Those that are to be served and are not. */
  readonly awaited: () => readonly Address[];
  /** The machine has other addresses than before. */
  readonly onChange: () => void;
  /** Called at each look; `gone` are those of `served()` that this machine has had and has no more. */
  readonly onLook: (gone: readonly Address[]) => void;
  /** Whether a socket could be bound to the address, though no interface has it. */
  readonly isUsable?: (hostname: string) => boolean;
}

/** Ticks from one look to the next where nothing is expected. */
const REST_TICKS = 5;

export class AddressWatch {
  readonly #options: AddressWatchOptions;
  /** The interface address that each served one was seen as. */
  #seen: Map<Address, string>;
  #list: string;
  #ticks = 0;

  /** The addresses are served by now. */
  constructor(options: AddressWatchOptions) {
    this.#options = options;
    const interfaces = options.interfaces.list();
    this.#list = keysOf(interfaces);
    this.#seen = this.#see(interfaces, new Map());
  }

  /** To be called once a second. */
  tick(): void {
    const { awaited, wanted } = this.#options;
    this.#ticks++;
    const isExpecting = awaited().length > 0 ||
      wanted().some(({ hostname }) => isWildcard(hostname));
    if (isExpecting || this.#ticks % REST_TICKS === 0) this.look();
  }

  look(): void {
    const { awaited, interfaces, onChange, onLook, served } = this.#options;
    const list = interfaces.list();
    const keys = keysOf(list);
    const isChanged = keys !== this.#list;
    // There may be hundreds of addresses: as long as they are the same nothing has gone, nor come.
    if (!isChanged && awaited().length === 0) return;
    this.#list = keys;
    const seen = this.#see(list, this.#seen);
    const gone = isChanged ? served().filter((each) => this.#hasGone(each, seen, list)) : [];
    if (isChanged) onChange();
    onLook(gone);
    this.#seen = this.#see(list, seen);
  }

  /** What `seen` says of those that are served, and what the interfaces say of those that it does not know. */
  #see(list: readonly InterfaceAddress[], seen: Map<Address, string>): Map<Address, string> {
    const found = this.#options.served().flatMap((each): [Address, string][] => {
      const key = seen.get(each) ?? keyOf(each.hostname, list);
      return key === undefined ? [] : [[each, key]];
    });
    return new Map(found);
  }

  /** An address that no interface has ever had, such as 127.0.0.2, never goes. */
  #hasGone(
    address: Address,
    seen: Map<Address, string>,
    list: readonly InterfaceAddress[],
  ): boolean {
    const key = seen.get(address);
    if (key === undefined || keyOf(address.hostname, list) === key) return false;
    const { isUsable = canBind } = this.#options;
    // Another interface of the same name is no use to a socket of the one before.
    if (zoneOf(address.hostname) !== "" || !isUsable(address.hostname)) return true;
    seen.delete(address);
    return false;
  }
}

/** The interface address that a socket bound to `hostname` has, as text; undefined: none. */
function keyOf(hostname: string, list: readonly InterfaceAddress[]): string | undefined {
  const host = canonicalHost(hostname);
  const zone = zoneOf(hostname);
  const found = list.find(({ address, name, scopeid }) =>
    canonicalHost(address) === host && (zone === "" || zone === name || zone === `${scopeid}`)
  );
  return found && `${host} ${zone === "" ? "" : found.scopeid}`;
}

function keysOf(list: readonly InterfaceAddress[]): string {
  return list.map(({ cidr, name, scopeid }) => `${name} ${scopeid} ${cidr}`).toSorted().join("\n");
}

/** An address may be routed here without being that of an interface (ip_nonlocal_bind, local routes). */
function canBind(hostname: string): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 }).close();
    return true;
  } catch (error) {
    // Such as without a descriptor left, which says nothing about the address.
    return !(error instanceof Deno.errors.AddrNotAvailable);
  }
}
