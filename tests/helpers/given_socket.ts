/** Sockets that are nothing but a descriptor, as a process gets them from another (Linux). */

const AF_INET = 2;
const AF_INET6 = 10;
const AF_UNIX = 1;
const ADDRESS_LENGTH = 28;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

const F_GETFD = 1;

/** A bound UDP socket on a free port of 127.0.0.1 or ::1. */
export function givenDatagramSocket(hostname: string): number {
  return withLibrary((symbols) => bound(symbols, hostname, SOCK_DGRAM));
}

/** A TCP listener on a free port of 127.0.0.1 or ::1. */
export function givenListener(hostname: string): number {
  return withLibrary((symbols) => {
    const descriptor = bound(symbols, hostname, SOCK_STREAM);
    if (symbols.listen(descriptor, 128) !== 0) throw new Error("Cannot listen");
    return descriptor;
  });
}

/** A socket without any address. */
export function givenUnixSocket(): number {
  return withLibrary((symbols) => symbols.socket(AF_UNIX, SOCK_STREAM, 0));
}

export function isOpen(descriptor: number): boolean {
  return withLibrary((symbols) => symbols.fcntl(descriptor, F_GETFD, 0) >= 0);
}

export function closeDescriptor(descriptor: number): void {
  withLibrary((symbols) => symbols.close(descriptor));
}

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

function bound(symbols: Symbols, hostname: string, type: number): number {
  const isIpv6 = hostname === "::1";
  const descriptor = symbols.socket(isIpv6 ? AF_INET6 : AF_INET, type, 0);
  const address = new Uint8Array(ADDRESS_LENGTH);
  address[0] = isIpv6 ? AF_INET6 : AF_INET;
  if (isIpv6) address[23] = 1;
  else address.set([127, 0, 0, 1], 4);
  if (symbols.bind(descriptor, address, isIpv6 ? ADDRESS_LENGTH : 16) !== 0) {
    throw new Error(`Cannot bind to ${hostname}`);
  }
  return descriptor;
}

function withLibrary<T>(act: (symbols: Symbols) => T): T {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  try {
    return act(library.symbols);
  } finally {
    library.close();
  }
}
