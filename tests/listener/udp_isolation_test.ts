/** Clients that are kept apart, as the UDP listener tells them. */

import { assertEquals } from "@std/assert";
import { FakeResolver } from "../resolver/recorder.ts";
import { udpTest } from "./udp_stage.ts";

const RESOLVERS = new Map<string, FakeResolver>();

function resolverFor(host: string): FakeResolver {
  const resolver = RESOLVERS.get(host) ?? new FakeResolver();
  RESOLVERS.set(host, resolver);
  return resolver;
}

const SHARED = new FakeResolver();
const APART = { resolver: SHARED, clients: { resolverFor } };

udpTest(
  "UdpListener asks the resolver of each client by its address, whatever its port, and no other",
  async (stage) => {
    const clients: [string, number][] = [
      ["127.0.0.1", 1000],
      ["127.0.0.2", 1000],
      ["127.0.0.1", 1001],
      ["127.0.0.3", 1000],
    ];
    for (const [host, port] of clients) await stage.ask({}, { host, port });
    const asked = Array.from(RESOLVERS, ([host, resolver]) => [host, resolver.asked.length]);
    assertEquals(asked, [["127.0.0.1", 2], ["127.0.0.2", 1], ["127.0.0.3", 1]]);
    assertEquals(SHARED.asked.length, 0);
  },
  undefined,
  { answering: APART },
);

udpTest(
  "UdpListener asks for no resolver for what it answers itself",
  async (stage) => {
    await stage.ask({ type: 252 }, { host: "127.0.0.9", port: 1000 });
    assertEquals([RESOLVERS.has("127.0.0.9"), stage.socket.replies.length], [false, 1]);
  },
  undefined,
  { answering: APART },
);
