/** Whether the addresses of clients can be listened on: tried, and let go of again. */

import type { Logger } from "../../base/log.ts";
import { type Address, formatAddress, isWildcard } from "../../net/address.ts";
import { bind, BindError, bindStream, type BoundAddress } from "../bind.ts";
import type { Config } from "../settings/config.ts";
import { expandWildcards, type InterfaceAddress } from "../settings/listen_address.ts";
import { absenceText } from "../serving/awaited_addresses.ts";
import { noneOf } from "../serving/open_addresses.ts";
import { UdpIoChooser } from "../udp_io.ts";
import type { Findings } from "./findings.ts";

/** Whether the address is in use by the very instance that the settings are for. */
export type IsOwn = (address: Address) => boolean;

const SILENT: Logger = { debug() {}, info() {}, warning() {}, error() {} };

/** `place` tells where the address of that number stands. */
export function tryListening(
  { listen, isDefaultListen, udpIo }: Pick<Config, "listen" | "isDefaultListen" | "udpIo">,
  place: (index: number) => string,
  isOwn: IsOwn,
  findings: Findings,
): void {
  const interfaces = Deno.networkInterfaces() as InterfaceAddress[];
  listen.forEach((given, at) => {
    const where = isDefaultListen ? "" : `${place(at)}: `;
    for (const address of expandWildcards([given], interfaces)) {
      const bound = tryBind(address, isOwn);
      if (!(bound instanceof BindError)) {
        if (bound) tryUdpIo(bound, udpIo, findings);
      } else if (bound.isMissing) {
        findings.unusable.add(formatAddress(address));
        findings.warnings.push(`${where}${absenceText("Not listening on", address)}`);
      } else findings.machine.push(`${where}${bound.message}`);
    }
  });
}

/** The same for where the program tells of itself. */
export function tryMetrics(
  metrics: Address | undefined,
  place: string,
  isOwn: IsOwn,
  findings: Findings,
): void {
  if (metrics === undefined || isOwn(metrics)) return;
  try {
    bindStream(metrics, "--metrics").close();
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    if (error.isMissing) {
      findings.unusable.add(formatAddress(metrics));
      findings.warnings.push(`${place}: ${absenceText("No metrics at", metrics)}`);
    } else findings.machine.push(`${place}: ${error.message}`);
  }
}

/** Undefined for one that needs no trial. */
function tryBind(address: Address, isOwn: IsOwn): BoundAddress | BindError | undefined {
  if (isOwn(address)) return undefined;
  if (isWildcard(address.hostname)) return noneOf(address);
  try {
    return bind(address);
  } catch (error) {
    if (error instanceof BindError) return error;
    throw error;
  }
}

/** Closes the sockets. */
function tryUdpIo({ tcp, udp }: BoundAddress, udpIo: Config["udpIo"], findings: Findings): void {
  tcp.close();
  findings.attempt(() => {
    try {
      // Only where it is asked for can it be wrong.
      if (udpIo === "batch") new UdpIoChooser(udpIo, SILENT).open(udp, 1).close();
      else udp.close();
    } catch (error) {
      udp.close();
      throw error;
    }
  });
}
