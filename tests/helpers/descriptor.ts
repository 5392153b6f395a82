/**
 * What the runtime does not offer on a TCP connection of this process, done on its descriptor (Linux).
 */

const SOCKADDR_SIZE = 28;
const HIGHEST_DESCRIPTOR = 4096;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

const SYMBOLS = {
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
type NameFunction = Symbols["getsockname"];

/**
 * A real RST: `connect()` to no address dissolves the association at once, which closing never does, as
 * the runtime shuts the stream down first. The connection is still to be closed by its owner.
 */
export function reset(connection: Deno.Conn): void {
  onDescriptor(connection, (symbols, fd) => symbols.connect(fd, new Uint8Array(16), 16));
}

/** For connections of `Deno.TlsListener`, which have no `setNoDelay()`. */
export function setNoDelay(connection: Deno.Conn): void {
  const on = Uint8Array.from([1, 0, 0, 0]);
  onDescriptor(
    connection,
    (symbols, fd) => symbols.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, 4),
  );
}

function onDescriptor(connection: Deno.Conn, act: (symbols: Symbols, fd: number) => number): void {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  try {
    const result = act(library.symbols, descriptor(library.symbols, connection));
    if (result !== 0) throw new Error("The system refuses");
  } finally {
    library.close();
  }
}

function descriptor(symbols: Symbols, connection: Deno.Conn): number {
  const here = (connection.localAddr as Deno.NetAddr).port;
  const there = (connection.remoteAddr as Deno.NetAddr).port;
  for (let fd = 3; fd < HIGHEST_DESCRIPTOR; fd++) {
    const found = port(symbols.getsockname, fd) === here && port(symbols.getpeername, fd) === there;
    if (found) return fd;
  }
  throw new Error("No descriptor found for the connection");
}

function port(name: NameFunction, fd: number): number {
  const address = new Uint8Array(SOCKADDR_SIZE);
  if (name(fd, address, Uint8Array.from([SOCKADDR_SIZE, 0, 0, 0])) !== 0) return -1;
  return address[2] * 256 + address[3];
}
