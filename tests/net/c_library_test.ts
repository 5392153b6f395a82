import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { C_LIBRARY_FILES } from "../../lib/base/open_c_library.ts";
import { CLibrary } from "../../lib/net/c_library.ts";
import { hasExpectedLayout } from "../../lib/net/layout_check.ts";

/** Stays open, as in the program. */
const library = CLibrary.open();

Deno.test({
  name: "CLibrary.open() takes the first file that can be opened",
  // The library stays open until the program ends.
  sanitizeResources: false,
  fn: () => void CLibrary.open(["/no/such/file.so", ...C_LIBRARY_FILES]),
});

Deno.test("CLibrary.open() says why it cannot: no such file", () => {
  assertThrows(() => CLibrary.open(["/no/such/file.so"]), Error, "the C library is not found");
});

Deno.test({
  name: "CLibrary.open() says why it cannot: no permission",
  permissions: { ffi: false },
  fn: () => {
    assertThrows(() => CLibrary.open(), Error, "the C library is not permitted");
  },
});

Deno.test("CLibrary.open() opens the files for which deno.json gives the permission, and no others", () => {
  const permitted = /--allow-ffi=(\S+)/.exec(config.tasks.dnsfwd)?.[1].split(",");
  assertEquals(permitted, [...C_LIBRARY_FILES]);
});

Deno.test("CLibrary.datagramDescriptor() tells a UDP socket from a TCP one on the same port", () => {
  const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = tcp.addr;
  assertEquals(library.datagramDescriptor({ hostname: "127.0.0.1", port }), -1);
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.2", port });
  const found = library.datagramDescriptor({ hostname: "127.0.0.1", port });
  assert(found >= 3);
  assertNotEquals(library.datagramDescriptor({ hostname: "127.0.0.2", port }), found);
  assertEquals(library.datagramDescriptor({ hostname: "127.0.0.3", port }), -1);
  for (const socket of [tcp, udp, other]) socket.close();
});

Deno.test("CLibrary.enlargeBuffers() tells the size that the kernel gave", () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const descriptor = library.datagramDescriptor(socket.addr as Deno.NetAddr);
  assertEquals(library.enlargeBuffers(descriptor, 65_536), 65_536);
  socket.close();
});

Deno.test("CLibrary.errno is why the call before failed", () => {
  const EBADF = 9;
  assertEquals(library.receiveMessages(-1, new Uint8Array(64), 1), -1);
  assertEquals(library.errno, EBADF);
});

Deno.test("hasExpectedLayout() finds the structures of this system as they are expected", () => {
  assertEquals(hasExpectedLayout(library), true);
});

Deno.test("hasExpectedLayout() finds out when a message's length stands elsewhere", () => {
  const shifted = new Proxy(library, {
    get: (target, name) => {
      if (name === "receiveMessages") return () => 2;
      const value = target[name as keyof CLibrary];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  assertEquals(hasExpectedLayout(shifted), false);
});
