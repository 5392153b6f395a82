import { assertEquals } from "@std/assert";
import { StreamReset } from "../../lib/net/stream_reset.ts";
import { waitUntil } from "../helpers/waiting.ts";

const LINUX = { ignore: Deno.build.os !== "linux" };
/** Opened once, as the library stays. */
const STREAMS = StreamReset.open();

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(
    `StreamReset.taken() counts what the system of a client at ${hostname} has taken`,
    LINUX,
    async () => {
      using listener = Deno.listen({ hostname, port: 0 });
      using _client = await Deno.connect({ hostname, port: listener.addr.port });
      using served = await listener.accept();
      const before = STREAMS.taken(served);
      await served.write(new Uint8Array(1000));
      await waitUntil(() => STREAMS.taken(served) === before + 1000, "acknowledgement");
    },
  );
}

Deno.test("StreamReset.taken() knows nothing of a connection that is not of this program", () => {
  const localAddr = { hostname: "192.0.2.1", port: 53 };
  const remoteAddr = { hostname: "192.0.2.2", port: 53 };
  assertEquals(STREAMS.taken({ localAddr, remoteAddr, close() {} }), -1);
});
