/** Who has an address that is in use, and what frees it: other processes, of whatever name. */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { bind, BindError, bindStream } from "../../lib/app/bind.ts";
import { parseSocket } from "../../lib/app/socket_holder.ts";
import { freePort } from "../helpers/real_peer.ts";

/** Takes the name of its first argument, and a port of an address over one of the transports. */
const HOLDER = `
const [name, hostname, port, transport] = Deno.args;
Deno.writeTextFileSync("/proc/self/comm", name);
const address = { hostname, port: Number(port) };
if (transport === "udp") Deno.listenDatagram({ transport, ...address });
else Deno.listen(address);
console.log("ready");
setInterval(() => {}, 1000);
`;

class Holder implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly port = freePort();

  private constructor(name: string, hostname: string, args: readonly string[]) {
    const all = [name, hostname, `${this.port}`, ...args];
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--allow-all", "--unstable-net", "-", ...all],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  }

  static async start(name: string, hostname: string, ...args: string[]): Promise<Holder> {
    const holder = new Holder(name, hostname, args);
    const { stdin, stdout } = holder.#process;
    const writer = stdin.getWriter();
    await writer.write(new TextEncoder().encode(HOLDER));
    await writer.close();
    const reader = stdout.getReader();
    const { done } = await reader.read();
    reader.releaseLock();
    if (done) throw new Error(`Cannot take port ${holder.port} of ${hostname}`);
    return holder;
  }

  get pid(): number {
    return this.#process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.stdout.cancel();
    await this.#process.status;
  }
}

const options = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "an address in use is told with name and process of who has it, over UDP and TCP, behind a wildcard and within IPv6",
  options,
  async () => {
    const cases: [string, string, "tcp" | "udp"][] = [
      ["127.0.0.1", "127.0.0.1", "tcp"],
      ["127.0.0.1", "127.0.0.1", "udp"],
      ["0.0.0.0", "127.0.0.1", "udp"],
      ["::", "127.0.0.1", "tcp"],
      ["::", "::1", "udp"],
      ["::1", "0:0:0:0:0:0:0:1", "tcp"],
    ];
    for (const [held, hostname, transport] of cases) {
      await using holder = await Holder.start("some-dns", held, transport);
      const { message } = assertThrows(() => bind({ hostname, port: holder.port }), BindError);
      assertStringIncludes(
        message,
        `(${transport.toUpperCase()}): the address is in use; end the program that has it, some-dns ` +
          `(process ${holder.pid})`,
      );
    }
    await using holder = await Holder.start("some-dns", "127.0.0.1", "tcp");
    const address = { hostname: "127.0.0.1", port: holder.port };
    const { message } = assertThrows(() => bindStream(address, "--metrics"), BindError);
    assertMatch(message, /some-dns \(process \d+\).* or choose another with --metrics$/);
  },
);

Deno.test(
  "an address in use is told with the line that frees it from the usual programs",
  options,
  async () => {
    const cases: [string, string[], string][] = [
      ["systemd-resolve", [], "DNSStubListener=no"],
      ["dnsmasq", [], "echo port=0 >> /etc/dnsmasq.conf && systemctl restart dnsmasq"],
      ["dnsmasq", ["--conf-file=/var/lib/libvirt/dnsmasq/lan.conf"], "virsh net-destroy lan && "],
      ["dnsmasq", ["--conf-dir=/etc/NetworkManager/dnsmasq.d"], "dns=none"],
      [
        "dnsmasq",
        ["--interface=lxdbr1", "--x=/var/lib/lxd/y"],
        "lxc network set lxdbr1 raw.dnsmasq",
      ],
      ["docker-proxy", [], "docker ps --filter publish="],
      ["connmand", [], "--nodnsproxy"],
      ["dnsfwd", [], "dnsfwd stop"],
    ];
    for (const [name, args, cure] of cases) {
      await using holder = await Holder.start(name, "127.0.0.1", "tcp", ...args);
      const { message } = assertThrows(
        () => bind({ hostname: "127.0.0.1", port: holder.port }),
        BindError,
      );
      assertStringIncludes(message, `${name} (process ${holder.pid}): `);
      assertStringIncludes(message, cure);
    }
  },
);

Deno.test("the name of who has an address moves no cursor", options, async () => {
  await using holder = await Holder.start("a\x1b[2J", "127.0.0.1", "tcp");
  const address = { hostname: "127.0.0.1", port: holder.port };
  const { message } = assertThrows(() => bind(address), BindError);
  assertStringIncludes(message, "a\\x1b[2J (process");
});

Deno.test("parseSocket() reads the lines of /proc/net/tcp and udp6, and no others", () => {
  const four = "  0: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   991" +
    "        0 7717 1 ffff 100 0 0 10 0";
  const six =
    " 4412: B80D0120000000000000000001000000:14EB 00000000000000000000000000000000:0000 07 " +
    "00000000:00000000 00:00000000 00000000     0        0 4711 2 ffff 0";
  assertEquals(parseSocket(four), [
    { address: { hostname: "127.0.0.53", port: 53 }, state: "0A", uid: 991, inode: "7717" },
  ]);
  assertEquals(parseSocket(six), [
    { address: { hostname: "2001:db8::1", port: 5355 }, state: "07", uid: 0, inode: "4711" },
  ]);
  for (const text of ["", "  sl  local_address", four.replace("7717", "0"), "0: zz:1 2 3"]) {
    assertEquals(parseSocket(text), [], text);
  }
});
