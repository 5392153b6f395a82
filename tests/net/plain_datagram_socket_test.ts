import { assertEquals } from "@std/assert";
import { PlainDatagramSocket } from "../../lib/net/plain_datagram_socket.ts";
import { testDatagramSocket } from "./datagram_socket_contract.ts";

function open(hostname: string, capacity: number): PlainDatagramSocket {
  return new PlainDatagramSocket(
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 }),
    capacity,
  );
}

testDatagramSocket("PlainDatagramSocket", open);

Deno.test("PlainDatagramSocket.send() drops and counts what finds no room before the next flush()", () => {
  const socket = open("127.0.0.1", 1);
  let lost = 0;
  socket.onLost = () => lost++;
  const payload = new Uint8Array(65_507);
  for (let count = 0; count < 20; count++) socket.send(0, payload);
  assertEquals([socket.unsent, socket.dropped], [16, 4]);
  assertEquals(lost, 4, "each is told");
  socket.close();
});

Deno.test("A reply that the system refuses is counted as lost", async () => {
  const socket = open("127.0.0.1", 1);
  const lost = Promise.withResolvers<void>();
  socket.onLost = lost.resolve;
  // One octet more than a datagram may have (RFC 768).
  socket.sendTo({ transport: "udp", hostname: "127.0.0.1", port: 9 }, new Uint8Array(65_508));
  socket.flush();
  await lost.promise;
  assertEquals(socket.dropped, 1);
  socket.close();
});
