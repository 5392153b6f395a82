import { assertEquals, assertRejects } from "@std/assert";
import { Dialer } from "../../lib/net/dialer.ts";
import { DialError } from "../../lib/net/dial_error.ts";
import { within } from "../helpers/waiting.ts";

const OPTIONS = { timeout: 2000, caCerts: [] };

Deno.test("Dialer.dial() opens a TCP stream that reads, writes and ends", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const dialer = new Dialer({ transport: "tcp", hostname: "127.0.0.1", port }, OPTIONS);
  const [stream, server] = await Promise.all([dialer.dial(), listener.accept()]);
  assertEquals(stream.remoteHost, "127.0.0.1");
  assertEquals(await stream.write(Uint8Array.of(1, 2, 3)), 3);
  const buffer = new Uint8Array(10);
  assertEquals(await server.read(buffer), 3);
  await server.write(Uint8Array.of(9));
  assertEquals([await stream.read(buffer), buffer[0]], [1, 9]);
  stream.close();
  assertEquals(await within(server.read(buffer), 3000, "end of the stream"), null);
  server.close();
});

Deno.test("Dialer.dial() rejects with the stage and cause", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const dialer = new Dialer({ transport: "tcp", hostname: "127.0.0.1", port }, OPTIONS);
  const error = await assertRejects(() => dialer.dial(), DialError, "connection refused");
  assertEquals(error.stage, "connect");
});

Deno.test("Dialer.dial() rejects for a Unix socket that is not there", async () => {
  const dialer = new Dialer({ transport: "unix", path: "/nonexistent/dnsfwd.sock" }, OPTIONS);
  await assertRejects(() => dialer.dial(), DialError, "no such socket");
});

Deno.test("Dialer.dial() ends a handshake in which nothing comes, in time (A10)", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = {
    transport: "tls",
    hostname: "127.0.0.1",
    port: listener.addr.port,
    serverName: "dns.example",
  } as const;
  const accepted = listener.accept();
  const dialer = new Dialer(target, { timeout: 100, caCerts: [] });
  const error = await assertRejects(
    () => within(dialer.dial(), 3000, "end of the attempt"),
    DialError,
    "no TLS handshake within 0.1 s",
  );
  assertEquals(error.stage, "handshake");
  (await accepted).close();
});

Deno.test("Dialer.dial() rejects where the server speaks no TLS, and sends no query (DOT-01)", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = {
    transport: "tls",
    hostname: "127.0.0.1",
    port: listener.addr.port,
    serverName: "dns.example",
  } as const;
  const serving = (async () => {
    const server = await listener.accept();
    await server.write(new TextEncoder().encode("220 mail.example ready\r\n"));
    return server;
  })();
  const dialer = new Dialer(target, OPTIONS);
  await assertRejects(() => dialer.dial(), DialError, "the server does not speak TLS");
  (await serving).close();
});
