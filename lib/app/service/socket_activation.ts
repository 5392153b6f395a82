/** Takes over the sockets that a service manager has opened for the program (sd_listen_fds(3)). */

import type { Logger } from "../../base/log.ts";
import { formatAddress, isWildcard } from "../../net/address.ts";
import type { DatagramSocket } from "../../net/datagram_socket.ts";
import {
  FIRST_INHERITED,
  type InheritedSocket,
  InheritedSockets,
} from "../../net/inherited_sockets.ts";
import type { StreamListener } from "../../net/stream_listener.ts";
import { BindError } from "../bind.ts";
import { Limit } from "../settings/config.ts";
import { takeVariable } from "./environment.ts";
import { reasonOf } from "../system_error.ts";

/** More than anybody passes, and few enough to look at each. */
const MAX_DESCRIPTORS = 256;

/** Sockets ready to serve. */
export interface Inherited {
  /** What they are, as passed. */
  readonly sockets: readonly InheritedSocket[];
  readonly datagrams: readonly DatagramSocket[];
  readonly streams: readonly StreamListener[];
}

/**
 * The sockets that $LISTEN_FDS counts, if $LISTEN_PID is this process; undefined if there are none that queries
 * could come to. Throws `BindError` if there are, and cannot be used here.
 */
export function takeInherited(log: Logger): Inherited | undefined {
  const [count, pid, names] = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"].map(takeVariable);
  if (count === undefined || pid !== `${Deno.pid}`) return undefined;
  if (!/^[1-9]\d{0,2}$/.test(count) || Number(count) > MAX_DESCRIPTORS) {
    const expected = `expected a number from 1 to ${MAX_DESCRIPTORS}`;
    log.warning(
      `No sockets are taken from the service manager: $LISTEN_FDS is "${count}", ${expected}`,
    );
    return undefined;
  }
  const found = examine(Number(count));
  tellOthers(found.others, names?.split(":") ?? [], log);
  return found.sockets.length > 0 ? open(found, log) : undefined;
}

function examine(count: number): InheritedSockets {
  try {
    return new InheritedSockets(count);
  } catch (error) {
    const reason = reasonOf(error);
    throw new BindError(`Cannot use the sockets of the service manager ($LISTEN_FDS): ${reason}`, {
      cause: error,
    });
  }
}

function tellOthers(others: readonly number[], names: readonly string[], log: Logger): void {
  for (const descriptor of others) {
    const name = names[descriptor - FIRST_INHERITED];
    const which = name ? `${descriptor} ("${name}")` : `${descriptor}`;
    log.warning(
      `Descriptor ${which} of the service manager is neither a UDP socket nor a TCP listener: left alone`,
    );
  }
}

function open(found: InheritedSockets, log: Logger): Inherited {
  const { sockets } = found;
  const ofKind = (kind: string) => sockets.filter(({ transport }) => transport === kind);
  for (const { address } of ofKind("udp")) {
    if (!isWildcard(address.hostname)) continue;
    log.warning(
      `Replies over UDP of ${
        formatAddress(address)
      } leave from an address that the system chooses: ` +
        "where there are several, name each in ListenDatagram=",
    );
  }
  const onFallback = (reason: string) =>
    log.warning(`Inherited UDP sockets go on one datagram at a time: ${reason}`);
  return {
    sockets,
    // One more peer than clients wait: that of a reply which is sent at once.
    datagrams: ofKind("udp").map((each) =>
      found.openDatagram(each, Limit.IN_FLIGHT + 1, onFallback)
    ),
    streams: ofKind("tcp").map((each) => found.openListener(each)),
  };
}
