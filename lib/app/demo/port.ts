/** The port of the demo's forwarder: one that is the same at every start, where it is free. */

const HOSTNAME = "127.0.0.1";
const ATTEMPTS = 20;

/** `preferred` if it is free on 127.0.0.1 for UDP and for TCP, else one that the system picks. */
export function pickPort(preferred: number): number {
  const candidates = [preferred, ...Array<number>(ATTEMPTS).fill(0)];
  for (const candidate of candidates) {
    const port = freePort(candidate);
    if (port !== undefined) return port;
  }
  throw new Deno.errors.AddrInUse(`No port of ${HOSTNAME} is free for both UDP and TCP`);
}

/** The port, opened and closed again, or undefined where one of the two is in use. */
function freePort(candidate: number): number | undefined {
  try {
    using stream = Deno.listen({ hostname: HOSTNAME, port: candidate });
    const { port } = stream.addr as Deno.NetAddr;
    Deno.listenDatagram({ transport: "udp", hostname: HOSTNAME, port }).close();
    return port;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
