/**
 * Addresses of this machine that come and go while the program runs: bridges, VPNs, another prefix of the
 * provider, link-local addresses. The program is in a network namespace, where a test may make them.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { kdigFrom } from "../helpers/digging.ts";
import { type NetworkPair, networkTest, WIRE } from "../helpers/network_namespace.ts";
import { Program, runProgram, startProgram } from "../helpers/program.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";
import { waitUntil, within } from "../helpers/waiting.ts";

const PORT = 5353;
const UPSTREAM = ["--upstream", "tcp://192.0.2.1:53"];
/** Answered by the program itself. */
const OWN_NAME = "_dns.resolver.arpa";
/** Milliseconds until an address is served that has come, on a machine that is busy with other tests. */
const COMING = 10_000;

function start(
  { near }: NetworkPair,
  listen: readonly string[],
  listeners: number,
  ...args: string[]
): Promise<Program> {
  const addresses = listen.flatMap((each) => ["--listen", each]);
  const all = ["run", ...addresses, ...UPSTREAM, ...args];
  return startProgram(all, { prefix: near.prefix, listeners });
}

/** Whether it is answered there, over UDP and over TCP. */
async function answers({ near }: NetworkPair, address: string): Promise<boolean[]> {
  const results: boolean[] = [];
  for (const transport of ["+notcp", "+tcp"]) {
    const options = [transport, "+timeout=3", "+retry=0", OWN_NAME, "SVCB"];
    const { status } = await kdigFrom(near.at(address), PORT, ...options);
    results.push(status === "NOERROR");
  }
  return results;
}

function listening(program: Program, address: string): Promise<void> {
  return waitUntil(
    () => program.stderr.includes(`Listening on ${address}:${PORT} `),
    `listening on ${address}`,
    COMING,
  );
}

networkTest(
  [],
  "an address that the machine does not have yet keeps nobody from being served, and is served once it comes",
  async (pair) => {
    const { near } = pair;
    const listen = [
      `127.0.0.1:${PORT}`,
      `198.51.100.7:${PORT}`,
      `[2001:db8::7]:${PORT}`,
      `[fe80::7%br7]:${PORT}`,
    ];
    await using program = await start(pair, listen, 1);
    assertEquals(await answers(pair, "127.0.0.1"), [true, true]);
    for (const address of ["198.51.100.7", "[2001:db8::7]", "[fe80::7%br7]"]) {
      const lines = program.stderr.split("\n").filter((line) =>
        line.includes(`${address}:${PORT}`)
      );
      assertEquals(lines.length, 1, program.stderr);
      assertMatch(lines[0], /Not listening on .* yet: this machine does not have that address/);
    }
    await near.ip("link add br7 type veth peer name other");
    await near.ip("link set br7 up");
    await near.ip("link set other up");
    await near.ip("address add 198.51.100.7/24 dev br7");
    // Tentative for a second or two (RFC 4862, 5.4), as those of IPv6 are.
    await near.ip("address add 2001:db8::7/64 dev br7");
    await near.ip("address add fe80::7/64 dev br7");
    for (const address of ["198.51.100.7", "[2001:db8::7]", "[fe80::7%br7]"]) {
      await listening(program, address);
    }
    for (const address of ["198.51.100.7", "2001:db8::7", "fe80::7%br7", "127.0.0.1"]) {
      assertEquals(await answers(pair, address), [true, true], address);
    }
    assert(!program.stderr.includes("ERROR"), program.stderr);
  },
);

networkTest(
  [],
  "an address that goes is closed with one line, and served again when it returns, on another interface of the same name too",
  async (pair) => {
    const { near } = pair;
    await near.ip(`address add fe80::9/64 dev ${WIRE} nodad`);
    const listen = [`127.0.0.1:${PORT}`, `203.0.113.1:${PORT}`, `[fe80::9%${WIRE}]:${PORT}`];
    await using program = await start(pair, listen, 3);
    await near.ip(`link delete ${WIRE}`);
    const gone = (address: string) => `No longer listening on ${address}:${PORT}`;
    for (const address of ["203.0.113.1", `[fe80::9%${WIRE}]`]) {
      await waitUntil(() => program.stderr.includes(gone(address)), gone(address), COMING);
      assertEquals(program.stderr.split(gone(address)).length, 2, program.stderr);
    }
    assertEquals(await answers(pair, "127.0.0.1"), [true, true]);
    const before = program.stderr.length;
    await near.ip(`link add ${WIRE} type veth peer name other`);
    await near.ip(`link set ${WIRE} up`);
    await near.ip("link set other up");
    await near.ip(`address add 203.0.113.1/24 dev ${WIRE}`);
    await near.ip(`address add fe80::9/64 dev ${WIRE} nodad`);
    for (const address of ["203.0.113.1", `fe80::9%${WIRE}`]) {
      const line = `Listening on ${address.includes(":") ? `[${address}]` : address}:${PORT} `;
      await waitUntil(() => program.stderr.slice(before).includes(line), line, COMING);
      assertEquals(await answers(pair, address), [true, true], address);
    }
  },
);

networkTest(
  [],
  "a wildcard serves each address that the machine gets, in any family and link-local ones, and gives up those that go",
  async (pair) => {
    const { near } = pair;
    using temp = new TempDirectory();
    const queryLog = `${temp.path}/queries`;
    await near.ip("address add fe80::53/64 dev lo nodad");
    await near.ip(`address add fe80::53/64 dev ${WIRE} nodad`);
    await using program = await start(
      pair,
      [`0.0.0.0:${PORT}`, `[::]:${PORT}`],
      5,
      "--query-log",
      queryLog,
    );
    for (const address of ["127.0.0.1", "203.0.113.1", "::1", "fe80::53%lo", `fe80::53%${WIRE}`]) {
      assertEquals(await answers(pair, address), [true, true], address);
    }
    // Which of the links that have this address the client is on.
    for (const zone of ["lo", WIRE]) {
      const client = `"fe80::53%${zone}"`;
      const log = () => Deno.readTextFileSync(queryLog);
      await waitUntil(() => log().includes(client), `a query of ${client}`, COMING);
    }
    await near.ip("address add 198.51.100.7/24 dev lo");
    await near.ip("address add 2001:db8::7/64 dev lo nodad");
    for (const address of ["198.51.100.7", "[2001:db8::7]"]) await listening(program, address);
    for (const address of ["198.51.100.7", "2001:db8::7"]) {
      assertEquals(await answers(pair, address), [true, true], address);
    }
    await near.ip("address delete 198.51.100.7/24 dev lo");
    const line = `No longer listening on 198.51.100.7:${PORT}`;
    await waitUntil(() => program.stderr.includes(line), line, COMING);
    assertEquals(await answers(pair, "127.0.0.1"), [true, true]);
  },
);

networkTest(
  [],
  "a machine without IPv6 waits for the addresses of [::] with a warning, and check says that there are none",
  async (pair) => {
    const { near } = pair;
    const { prefix } = near;
    const off = ["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"];
    const [command, ...rest] = [...prefix, ...off];
    assert((await new Deno.Command(command, { args: rest }).output()).success);
    const options = ["--listen", `[::]:${PORT}`, ...UPSTREAM];
    const check = await runProgram(["check", ...options], { prefix });
    assertEquals(check.code, 0, check.stderr);
    assertMatch(check.stderr, /Warning: .*\[::\]:5353 yet: this machine has no IPv6 address/);
    assertMatch(check.stdout, /Listens on: \[::\]:5353 \(now none\)/);
    await using program = new Program(["run", ...options], { prefix });
    const line = "this machine has no IPv6 address; it is opened as soon as it comes";
    await waitUntil(() => program.stderr.includes(line), line, COMING);
    const on = ["sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6"];
    const [again, ...others] = [...prefix, ...on];
    assert((await new Deno.Command(again, { args: others }).output()).success);
    await listening(program, "[::1]");
    assertEquals(await answers(pair, "::1"), [true, true]);
    const { code } = await within(program.stop(), COMING, "end");
    assertEquals(code, 0);
  },
);

networkTest(
  [],
  "an address that comes when the program is no longer root is told with the cure, and served once that is applied",
  async (pair) => {
    const { near } = pair;
    const listen = ["127.0.0.1:53", "198.51.100.7:53"];
    await using program = await start(pair, listen, 1, "--user", "nobody");
    const cure = "sysctl net.ipv4.ip_unprivileged_port_start=53";
    const warned = `When 198.51.100.7:53 comes, user nobody may not open it: ${cure}`;
    await waitUntil(() => program.stderr.includes(warned), warned, COMING);
    await near.ip("address add 198.51.100.7/24 dev lo");
    const refused =
      /Not listening on 198\.51\.100\.7:53: .*no permission for port 53.*port_start=53/;
    await waitUntil(() => refused.test(program.stderr), "a line about the permission", COMING);
    const command = `echo 53 > /proc/sys/net/ipv4/ip_unprivileged_port_start`;
    const [file, ...args] = [...near.prefix, "sh", "-c", command];
    assert((await new Deno.Command(file, { args }).output()).success);
    await waitUntil(
      () => program.stderr.includes("Listening on 198.51.100.7:53 "),
      "listening",
      COMING,
    );
  },
);

networkTest(
  [],
  "the address of --metrics may come later, and clients are served meanwhile",
  async (pair) => {
    const { near } = pair;
    const { prefix } = near;
    const metrics = ["--metrics", "198.51.100.7:9153"];
    const listen = `127.0.0.1:${PORT}`;
    const check = await runProgram(["check", "--listen", listen, ...metrics, ...UPSTREAM], {
      prefix,
    });
    assertEquals(check.code, 0, check.stderr);
    assertMatch(check.stderr, /Warning: .*No metrics at 198\.51\.100\.7:9153 yet/);
    await using program = await start(pair, [listen], 1, ...metrics);
    assertEquals(await answers(pair, "127.0.0.1"), [true, true]);
    assertEquals(program.stderr.split("No metrics at 198.51.100.7:9153 yet").length, 2);
    await near.ip("address add 198.51.100.7/24 dev lo");
    const line = "Metrics at http://198.51.100.7:9153/metrics";
    await waitUntil(() => program.stderr.includes(line), line, COMING);
  },
);
