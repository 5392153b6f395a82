/**
 * Which process has the socket that is in the way of another one, as far as the kernel tells (proc(5)):
 *
 *     /proc/net/udp: address, port --> inode --> /proc/PID/fd/N: "socket:[inode]" --> name, unit
 *
 * Other users' processes show their descriptors to root alone.
 */

import { ProcessFiles } from "../base/process_files.ts";
import { type Address, canonicalHost, formatIpv6, isIpv4, isWildcard } from "../net/address.ts";
import { printable } from "./printable.ts";

export type Transport = "TCP" | "UDP";

export interface Holder {
  /** Of the user that the socket belongs to. */
  readonly uid: number;
  /** The process that has it; undefined: it is not shown. */
  readonly process?: {
    readonly id: number;
    readonly name: string;
    /** With spaces between the arguments. */
    readonly command: string;
    /** Of systemd, such as `dnsmasq.service`; empty: of none. */
    readonly unit: string;
  };
}

interface Socket {
  readonly address: Address;
  readonly state: string;
  readonly uid: number;
  readonly inode: string;
}

/** In the column of states: a socket that accepts, and one that datagrams may come to. */
const TAKING = { TCP: "0A", UDP: "07" } as const;
/** What was found for an inode: an address in use is tried again each second, and processes are many. */
const MAX_REMEMBERED = 16;
const remembered = new Map<string, Holder["process"]>();

/** Kept where it cannot be opened later. */
let kept: ProcessFiles | undefined;

/** To be called while the C library may be opened, so that `findHolder()` can do its work later. */
export function prepareToFindHolders(): void {
  kept ??= ProcessFiles.open();
}

/** Who has a socket that is in the way of one at `address`; undefined where that cannot be told. */
export function findHolder(address: Address, transport: Transport): Holder | undefined {
  const files = kept ?? ProcessFiles.open();
  try {
    return files && find(address, transport, files);
  } finally {
    if (files !== kept) files?.close();
  }
}

function find(address: Address, transport: Transport, files: ProcessFiles): Holder | undefined {
  const name = transport.toLowerCase();
  const sockets = ["", "6"].flatMap((family) =>
    files.text(`/proc/net/${name}${family}`).split("\n").slice(1).flatMap(parseSocket)
  ).filter((each) => isInTheWay(each.address, address));
  const found = sockets.find(({ state }) => state === TAKING[transport]) ?? sockets[0];
  return found && { uid: found.uid, process: processWith(found.inode, files) };
}

/** One line of /proc/net/tcp and its like, of a socket that is somebody's. */
export function parseSocket(line: string): Socket[] {
  const [, local = "", , state, , , , uid, , inode] = line.trim().split(/\s+/);
  const [, host, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
  if (host === undefined || inode === undefined || inode === "0") return [];
  const address = { hostname: hostOf(host), port: parseInt(port, 16) };
  return [{ address, state, uid: Number(uid), inode }];
}

/** The kernel writes words of four octets as numbers (little endian here). */
function hostOf(text: string): string {
  const octets = (text.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((octet) => parseInt(octet, 16))
  );
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from({ length: 8 }, (_, at) => (octets[2 * at] << 8) | octets[2 * at + 1]);
  return formatIpv6(groups);
}

/** A wildcard is in the way of each address of its family, that of IPv6 of all. */
function isInTheWay(held: Address, wanted: Address): boolean {
  if (held.port !== wanted.port) return false;
  const [one, other] = [canonicalHost(held.hostname), canonicalHost(wanted.hostname)];
  if (one === other) return true;
  const covers = (wild: string, host: string) =>
    isWildcard(wild) && (!isIpv4(wild) || isIpv4(host));
  return covers(one, other) || covers(other, one);
}

function processWith(inode: string, files: ProcessFiles): Holder["process"] {
  if (remembered.has(inode)) return remembered.get(inode);
  const found = searchProcesses(inode, files);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(inode, found);
  return found;
}

function searchProcesses(inode: string, files: ProcessFiles): Holder["process"] {
  const ids = files.names("/proc")?.filter((name) => /^\d+$/.test(name)) ?? [];
  const id = ids.find((each) => hasSocket(each, `socket:[${inode}]`, files));
  if (id === undefined) return undefined;
  const read = (file: string) => files.text(`/proc/${id}/${file}`);
  return {
    id: Number(id),
    name: printable(read("comm").trim()),
    command: printable(read("cmdline").replaceAll("\0", " ").trim()),
    unit: unitIn(read("cgroup")),
  };
}

function hasSocket(id: string, target: string, files: ProcessFiles): boolean {
  const folder = `/proc/${id}/fd`;
  return files.names(folder)?.some((each) => files.link(`${folder}/${each}`) === target) ?? false;
}

/** The service in /proc/PID/cgroup, as in `0::/system.slice/dnsmasq.service`. */
function unitIn(text: string): string {
  return /\/system\.slice\/(?:.*\/)?([\w@.:\\-]+\.service)/.exec(text)?.[1] ?? "";
}
