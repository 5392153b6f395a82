/** What to do about an address that another program has: who that is, and the line that frees it. */

import { type Address } from "../net/address.ts";
import { userId } from "./environment.ts";
import { findHolder, type Holder, type Transport } from "./socket_holder.ts";

/** A kind of program, told by its name and command line, and what frees its port. */
interface Cure {
  readonly name: RegExp;
  readonly command?: RegExp;
  readonly text: (port: number, process: NonNullable<Holder["process"]>) => string;
}

const RESOLVED = "/etc/systemd/resolved.conf.d";
const NETWORK_MANAGER = "/etc/NetworkManager/conf.d";

/** The first that fits; what is no more than a service is stopped as one. */
const CURES: readonly Cure[] = [
  {
    name: /^systemd-resolve/,
    text: () =>
      `mkdir -p ${RESOLVED} && printf '[Resolve]\\nDNSStubListener=no\\n' > ` +
      `${RESOLVED}/dnsfwd.conf && systemctl restart systemd-resolved`,
  },
  {
    name: /^dnsmasq$/,
    command: /libvirt/,
    text: (_, { command }) => {
      const network = /\/([^/\s]+)\.conf/.exec(command)?.[1] ?? "default";
      return `virsh net-destroy ${network} && virsh net-autostart --disable ${network}`;
    },
  },
  {
    name: /^dnsmasq$/,
    command: /NetworkManager|nm-dnsmasq/,
    text: () =>
      `printf '[main]\\ndns=none\\n' > ${NETWORK_MANAGER}/dnsfwd.conf && ` +
      "systemctl restart NetworkManager",
  },
  {
    name: /^dnsmasq$/,
    command: /\/(lxd|incus)\//,
    text: (_, { command }) => {
      const client = command.includes("/incus/") ? "incus" : "lxc";
      const network = /--interface[= ](\S+)/.exec(command)?.[1] ?? "lxdbr0";
      return `${client} network set ${network} raw.dnsmasq port=0`;
    },
  },
  {
    name: /^dnsmasq$/,
    text: () => "echo port=0 >> /etc/dnsmasq.conf && systemctl restart dnsmasq (it keeps its DHCP)",
  },
  {
    name: /^docker-proxy$/,
    text: (port) => `docker ps --filter publish=${port} names the container`,
  },
  { name: /^rootlessport$/, text: () => "podman ps names the container" },
  { name: /^connmand$/, text: () => "start connmand with --nodnsproxy (systemctl edit connman)" },
  { name: /^dnsfwd$/, text: () => "dnsfwd stop" },
  { name: /^systemd$/, text: () => "systemctl list-sockets names the socket unit" },
];

/** Continues `the address is in use; `; `option` is what the address was given by. */
export function inUseAdvice(address: Address, transport: Transport, option: string): string {
  const holder = findHolder(address, transport);
  return `end the program that has it${
    whoText(holder, address.port)
  } or choose another with ${option}`;
}

function whoText(holder: Holder | undefined, port: number): string {
  if (holder === undefined) return " (ss -lntup shows which)";
  const { process, uid } = holder;
  if (process === undefined) {
    return userId() === 0
      ? ` (of uid ${uid}, in a container of its own: this one does not see it)`
      : ` (of uid ${uid}, hidden from this user: sudo ss -lntup shows which)`;
  }
  const cure = cureOf(process, port);
  return `, ${process.name} (process ${process.id})${cure === undefined ? "," : `: ${cure};`}`;
}

function cureOf(process: NonNullable<Holder["process"]>, port: number): string | undefined {
  const { command, name, unit } = process;
  const found = CURES.find((each) => each.name.test(name) && (each.command?.test(command) ?? true));
  if (found) return found.text(port, process);
  return unit === "" ? undefined : `systemctl disable --now ${unit}`;
}
