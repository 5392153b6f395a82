/**
 * The socket on which a service manager wants to be told things (sd_notify(3)): datagrams to a Unix socket,
 * one that has a file or an "abstract" one, whose name begins with @ here and with a zero octet for the kernel.
 *
 * Through the C library it takes no permission once open. The runtime's own datagram socket asks at every send
 * for the permission of the network and, where the socket has a file, for that to write it. It cannot bind to
 * no name (Deno 2.9.6), as others do, so that it takes an abstract one.
 */

import { openCLibrary } from "../../base/open_c_library.ts";

export interface NotifySocket {
  /** Whether the permission to write files is needed for as long as it is used. */
  readonly writesFile: boolean;
  /** Sends `text`; `onFailure` is called with the reason, in lower case, now or later. */
  send(text: string, onFailure: (reason: string) => void): void;
  /** CLOCK_MONOTONIC in microseconds, if it can be known. */
  monotonicTime(): bigint | undefined;
  close(): void;
}

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
const CLOCK_MONOTONIC = 1;
/** Octets of the name in `struct sockaddr_un`. */
const MAX_NAME = 108;

const encoder = new TextEncoder();

/** Opens the way to the socket `name`, as $NOTIFY_SOCKET has it; throws an `Error` that says why not. */
export function openNotifySocket(name: string): NotifySocket {
  if (!/^[/@]./.test(name)) throw new Error("only Unix sockets are known, /PATH or @NAME");
  if (encoder.encode(name).length >= MAX_NAME) throw new Error("the name is too long");
  const path = name.replace(/^@/, "\0");
  try {
    return openThroughLibrary(path);
  } catch {
    return openPlain(path);
  }
}

function openThroughLibrary(path: string): NotifySocket {
  const { socket, sendto, close, clock_gettime: clockGetTime } = openCLibrary(SYMBOLS);
  const address = unixAddress(path);
  const descriptor = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (descriptor < 0) throw new Error("no socket could be made");
  return {
    writesFile: false,
    send: (text, onFailure) => {
      const octets = encoder.encode(text);
      const length = BigInt(octets.length);
      const flags = MSG_DONTWAIT_NOSIGNAL;
      const sent = sendto(descriptor, octets, length, flags, address, address.length);
      if (sent !== length) onFailure("nobody takes it there");
    },
    monotonicTime: () => {
      const time = new BigInt64Array(2);
      const isKnown = clockGetTime(CLOCK_MONOTONIC, new Uint8Array(time.buffer)) === 0;
      return isKnown ? time[0] * 1_000_000n + time[1] / 1000n : undefined;
    },
    close: () => void close(descriptor),
  };
}

/** `struct sockaddr_un`: a file's name ends with a zero octet, an abstract one at the end of the structure. */
function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const octets = encoder.encode(path.startsWith("\0") ? path : `${path}\0`);
  const address = new Uint8Array(2 + octets.length);
  address[0] = AF_UNIX;
  address.set(octets, 2);
  return address;
}

function openPlain(path: string): NotifySocket {
  const own = `\0dnsfwd-notify-${Deno.pid}`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path: own });
  const to = { transport: "unixpacket", path } as const;
  // The runtime refuses a send while another is under way.
  let last: Promise<unknown> = Promise.resolve();
  return {
    writesFile: !path.startsWith("\0"),
    send: (text, onFailure) => {
      const octets = encoder.encode(text);
      last = last.then(() => socket.send(octets, to)).catch((error) => onFailure(error.message));
    },
    monotonicTime: () => undefined,
    close: () => void last.then(() => socket.close()),
  };
}
