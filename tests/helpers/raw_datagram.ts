/** UDP datagrams with any source port, through a raw IPv4 socket (Linux, needs the permission). */

const AF_INET = 2;
const SOCK_RAW = 3;
const IPPROTO_UDP = 17;
const UDP_HEADER_LENGTH = 8;

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** Sends from 127.0.0.1; false where the system does not permit raw sockets. */
export function sendFromPort(sourcePort: number, port: number, payload: Uint8Array): boolean {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  const { socket, sendto, close } = library.symbols;
  const fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
  try {
    if (fd < 0) return false;
    const datagram = udpDatagram(sourcePort, port, payload);
    const sent = sendto(fd, datagram, BigInt(datagram.length), 0, loopback(), 16);
    return Number(sent) === datagram.length;
  } finally {
    if (fd >= 0) close(fd);
    library.close();
  }
}

/** RFC 768; checksum 0: none was made. */
function udpDatagram(source: number, port: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const datagram = new Uint8Array(UDP_HEADER_LENGTH + payload.length);
  [source, port, datagram.length].forEach((value, i) => {
    datagram[2 * i] = value >>> 8;
    datagram[2 * i + 1] = value & 0xff;
  });
  datagram.set(payload, UDP_HEADER_LENGTH);
  return datagram;
}

/** 127.0.0.1 as `struct sockaddr_in`. */
function loopback(): Uint8Array<ArrayBuffer> {
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, 0, 0, 127, 0, 0, 1]);
  return address;
}
