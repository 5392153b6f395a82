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
  const payload = new Uint8Array(65_507);
  for (let count = 0; count < 20; count++) socket.send(0, payload);
  assertEquals([socket.unsent, socket.dropped], [16, 4]);
  socket.close();
});
