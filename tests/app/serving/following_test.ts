/** A forwarder on a machine whose addresses change: within the test's process, with loopback addresses for others. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Forwarder, startForwarder } from "../../../lib/app/forwarder.ts";
import { Interfaces } from "../../../lib/app/interfaces.ts";
import type { InterfaceAddress } from "../../../lib/app/settings/listen_address.ts";
import { TcpClient, UdpClient } from "../../helpers/client.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { freePort } from "../../helpers/real_peer.ts";
import { buildQuery } from "../../helpers/query.ts";
import { runConfig } from "../../helpers/run_config.ts";

/** Milliseconds in which an address is to be opened that has come. */
const COMING = 2000;
/** Answered by the forwarder itself. */
const OWN_NAME = "_dns.resolver.arpa";

class Machine implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly lines: string[] = [];
  addresses: string[];
  readonly port = freePort();
  readonly forwarder: Forwarder;

  constructor(addresses: readonly string[], ...args: string[]) {
    this.addresses = [...addresses];
    const add = (text: string) => void this.lines.push(text);
    const log = { debug: () => {}, info: add, warning: add, error: add };
    const listen = args.includes("--listen") ? [] : ["--listen", `0.0.0.0:${this.port}`];
    const upstream = args.includes("--upstream") ? [] : ["--upstream", "tcp://192.0.2.1:53"];
    this.forwarder = startForwarder(
      runConfig(["--udp-io", "plain", ...listen, ...upstream, ...args]),
      {
        clock: this.clock,
        interfaces: new Interfaces(() => this.addresses.map(interfaceOf)),
        log,
      },
    );
  }

  get served(): string[] {
    return this.forwarder.addresses.map(({ hostname }) => hostname).toSorted();
  }

  udp(hostname: string): UdpClient {
    return new UdpClient({ transport: "udp", hostname, port: this.port });
  }

  tcp(hostname: string): Promise<TcpClient> {
    return TcpClient.connect({ transport: "tcp", hostname, port: this.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forwarder.stop();
  }
}

function interfaceOf(address: string): InterfaceAddress {
  return { family: "IPv4", name: "eth0", address, cidr: `${address}/24`, scopeid: null };
}

Deno.test("a wildcard serves an address that the machine gets within two seconds, and closes one that goes, while others keep their clients", async () => {
  await using machine = new Machine(["127.0.0.1", "127.0.0.2"]);
  const client = machine.udp("127.0.0.1");
  const stream = await machine.tcp("127.0.0.1");
  await stream.ask(buildQuery(OWN_NAME));
  machine.addresses = ["127.0.0.1", "127.0.0.3"];
  machine.clock.advance(COMING);
  assertEquals(machine.served, ["127.0.0.1", "127.0.0.3"]);
  const fresh = machine.udp("127.0.0.3");
  assertEquals((await fresh.ask(buildQuery(OWN_NAME))).rcode, 0);
  const other = await machine.tcp("127.0.0.3");
  assertEquals((await other.ask(buildQuery(OWN_NAME))).rcode, 0);
  assertEquals((await client.ask(buildQuery(OWN_NAME))).rcode, 0);
  assertEquals((await stream.ask(buildQuery(OWN_NAME))).rcode, 0);
  // The address that has gone is free for others.
  Deno.listen({ hostname: "127.0.0.2", port: machine.port }).close();
  const about = (address: string) => machine.lines.filter((line) => line.includes(`${address}:`));
  assertEquals(about("127.0.0.3"), [`Listening on 127.0.0.3:${machine.port} (UDP and TCP)`]);
  assertEquals(about("127.0.0.2"), [
    `No longer listening on 127.0.0.2:${machine.port}: this machine does not have that address any more`,
  ]);
  for (const each of [client, fresh]) each.close();
  for (const each of [stream, other]) await each.close();
});

Deno.test("an address that comes and is in use elsewhere is told of once, and opened when it is free", async () => {
  await using machine = new Machine(["127.0.0.1"]);
  const taken = Deno.listen({ hostname: "127.0.0.2", port: machine.port });
  machine.addresses.push("127.0.0.2");
  machine.clock.advance(10_000);
  assertEquals(machine.served, ["127.0.0.1"]);
  const lines = machine.lines.filter((line) => line.includes("127.0.0.2"));
  assertEquals(lines.length, 1);
  assertStringIncludes(lines[0], "the address is in use");
  assertEquals(machine.forwarder.report().awaited, [`127.0.0.2:${machine.port}`]);
  taken.close();
  machine.clock.advance(COMING);
  assertEquals(machine.served, ["127.0.0.1", "127.0.0.2"]);
  assertEquals(machine.forwarder.report().awaited, []);
});

Deno.test("an address that comes and is that of an upstream is not served, as the program would ask itself", async () => {
  const port = freePort();
  const listen = ["--listen", `0.0.0.0:${port}`];
  await using machine = new Machine(
    ["127.0.0.1"],
    ...listen,
    "--upstream",
    `tcp://127.0.0.4:${port}`,
  );
  machine.addresses.push("127.0.0.4", "127.0.0.5");
  machine.clock.advance(10_000);
  assertEquals(machine.served, ["127.0.0.1", "127.0.0.5"]);
  const lines = machine.lines.filter((line) => line.includes(`Not listening on 127.0.0.4:${port}`));
  assertEquals(lines.length, 1, machine.lines.join("\n"));
  assertStringIncludes(lines[0], "dnsfwd itself listens there");
});

Deno.test("a wildcard without any address waits, and serves what comes", async () => {
  await using machine = new Machine([]);
  assertEquals(machine.served, []);
  assertEquals(machine.forwarder.report().awaited, [`0.0.0.0:${machine.port}`]);
  assertEquals(
    machine.lines.filter((line) => line.includes("this machine has no IPv4 address")).length,
    1,
  );
  machine.addresses.push("127.0.0.1");
  machine.clock.advance(COMING);
  assertEquals(machine.served, ["127.0.0.1"]);
  assertEquals(machine.forwarder.report().awaited, []);
});

Deno.test("an address returns while the program reloads and waits for others, and each is served once", async () => {
  await using machine = new Machine(["127.0.0.1", "127.0.0.2"]);
  machine.addresses = ["127.0.0.1"];
  machine.clock.advance(COMING);
  machine.addresses.push("127.0.0.2");
  const listen = ["--listen", `0.0.0.0:${machine.port}`, "--listen", "192.0.2.77:5353"];
  const args = ["--udp-io", "plain", ...listen, "--upstream", "tcp://192.0.2.1:53"];
  await machine.forwarder.reload(runConfig(args));
  machine.clock.advance(10_000);
  assertEquals(machine.served, ["127.0.0.1", "127.0.0.2"]);
  assertEquals(machine.forwarder.report().awaited, ["192.0.2.77:5353"]);
  assertEquals(machine.lines.filter((line) => line.includes("192.0.2.77")).length, 1);
});

Deno.test("clients of a network that the machine joins later are served within two seconds", async () => {
  await using machine = new Machine(["127.0.0.1"]);
  assertEquals(machine.forwarder.allows("203.0.113.9"), false);
  machine.addresses.push("203.0.113.1");
  machine.clock.advance(COMING);
  assertEquals(machine.forwarder.allows("203.0.113.9"), true);
  machine.addresses.pop();
  machine.clock.advance(COMING);
  assertEquals(machine.forwarder.allows("203.0.113.9"), false);
});

Deno.test("An address that came and that another program has taken stands in the way of readiness, a missing one does not", async () => {
  const port = freePort();
  const missing = ["--listen", `192.0.2.77:${port}`];
  await using machine = new Machine(
    ["127.0.0.1"],
    ...missing,
    "--listen",
    `0.0.0.0:${port}`,
  );
  const { clock, forwarder } = machine;
  assertEquals([forwarder.awaited.length, forwarder.blocked], [1, []]);
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.7", port });
  machine.addresses.push("127.0.0.7");
  await clock.pass(COMING);
  assertEquals(forwarder.blocked.length, 1);
  assertStringIncludes(forwarder.blocked[0], `Not listening on 127.0.0.7:${port}: `);
  taken.close();
  await clock.pass(10_000);
  assertEquals(forwarder.blocked, []);
});
