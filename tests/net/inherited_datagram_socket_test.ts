import { assertEquals, assertThrows } from "@std/assert";
import { type BatchCalls, CLibrary, Errno } from "../../lib/net/c_library.ts";
import { DescriptorCalls } from "../../lib/net/descriptor_calls.ts";
import { InheritedDatagramSocket } from "../../lib/net/inherited_datagram_socket.ts";
import {
  closeDescriptor,
  givenDatagramSocket,
  givenUnixSocket,
  isOpen,
} from "../helpers/given_socket.ts";
import { waitUntil, within } from "../helpers/waiting.ts";
import { testDatagramSocket } from "./datagram_socket_contract.ts";

/** They stay open, as in the program. */
const library = CLibrary.open();
const calls = DescriptorCalls.open();
const LIMIT = 20_000;

function fails(reason: string): never {
  throw new Error(`Fell back: ${reason}`);
}

testDatagramSocket("InheritedDatagramSocket", (hostname, capacity) => {
  const descriptor = givenDatagramSocket(hostname);
  return new InheritedDatagramSocket(descriptor, capacity, { library, calls }, fails);
});

/** The library as it is while the kernel's send buffer is full, for so many calls. */
function fullFor(refusals: number): BatchCalls {
  const full = {
    errno: 0,
    address: library.address.bind(library),
    receiveMessages: library.receiveMessages.bind(library),
    sendMessages: (descriptor: number, headers: Uint8Array, count: number) => {
      if (refusals-- <= 0) return library.sendMessages(descriptor, headers, count);
      full.errno = Errno.EAGAIN;
      return -1;
    },
    datagramDescriptor: library.datagramDescriptor.bind(library),
    scope: library.scope.bind(library),
    enlargeBuffers: library.enlargeBuffers.bind(library),
  };
  return full;
}

Deno.test("InheritedDatagramSocket.flush() waits for room where the kernel has none, and keeps the order", async () => {
  const access = { library: fullFor(3), calls };
  const descriptor = givenDatagramSocket("127.0.0.1");
  const socket = new InheritedDatagramSocket(descriptor, 1, access, fails);
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    await client.send(Uint8Array.of(1), { transport: "udp", ...socket.address });
    assertEquals(await within(socket.receive(), LIMIT, "datagram"), 1);
    socket.keepPeer(0, 0);
    for (let number = 0; number < 10; number++) socket.send(0, Uint8Array.of(number));
    socket.flush();
    assertEquals(socket.unsent, 10);
    for (let number = 0; number < 10; number++) {
      const [octets] = await within(client.receive(), LIMIT, "reply");
      assertEquals([...octets], [number]);
    }
    await waitUntil(() => socket.unsent === 0, "everything has left", LIMIT);
  } finally {
    socket.close();
    client.close();
  }
  assertEquals(isOpen(descriptor), false);
});

Deno.test("InheritedDatagramSocket.close() closes the descriptor, once nobody waits on it", async () => {
  const descriptor = givenDatagramSocket("127.0.0.1");
  const socket = new InheritedDatagramSocket(descriptor, 1, { library, calls }, fails);
  const waiting = socket.receive();
  socket.close();
  assertEquals(isOpen(descriptor), true);
  assertEquals(await within(waiting, LIMIT, "end"), 0);
  assertEquals(isOpen(descriptor), false);
});

Deno.test("InheritedDatagramSocket cannot be made of a socket that has no IP address", () => {
  const descriptor = givenUnixSocket();
  assertThrows(
    () => new InheritedDatagramSocket(descriptor, 1, { library, calls }, fails),
    Error,
    "is no bound socket",
  );
  closeDescriptor(descriptor);
});
