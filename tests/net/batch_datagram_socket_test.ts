import { BatchDatagramSocket } from "../../lib/net/batch_datagram_socket.ts";
import { CLibrary } from "../../lib/net/c_library.ts";
import { testDatagramSocket } from "./datagram_socket_contract.ts";

/** Stays open, as in the program. */
const library = CLibrary.open();

function open(hostname: string, capacity: number): BatchDatagramSocket {
  return new BatchDatagramSocket(
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 }),
    capacity,
    library,
    (reason) => {
      throw new Error(`Fell back: ${reason}`);
    },
  );
}

testDatagramSocket("BatchDatagramSocket", open);
