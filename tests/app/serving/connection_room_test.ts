import { assertEquals } from "@std/assert";
import { ConnectionRoom } from "../../../lib/app/serving/connection_room.ts";
import { LogRecorder } from "../../helpers/log_recorder.ts";

function line(limit: number, allowed: number, needed: number): string {
  const noun = limit === 1 ? "connection" : "connections";
  return `warning: Clients get ${limit} TCP ${noun} instead of 256 (--limit tcp-connections): ` +
    `the system allows ${allowed} open files; raise that (ulimit -n, LimitNOFILE= of systemd) ` +
    `to ${needed}`;
}

Deno.test("Clients get as many TCP connections as the system allows less forty, which is said once", () => {
  const log = new LogRecorder();
  let allowed = 1024;
  const room = new ConnectionRoom(log, () => allowed);
  assertEquals(room.limit(256, 1), 256);
  assertEquals(log.lines, []);
  allowed = 64;
  assertEquals([room.limit(256, 1), room.limit(256, 1)], [24, 24]);
  assertEquals(log.lines, [line(24, 64, 296)]);
});

Deno.test("The sockets of each further address are kept from the connections of clients", () => {
  const room = new ConnectionRoom(new LogRecorder(), () => 100);
  assertEquals([room.limit(256, 1), room.limit(256, 11)], [60, 40]);
});

Deno.test("Clients get a TCP connection even where the system allows next to nothing", () => {
  const log = new LogRecorder();
  assertEquals(new ConnectionRoom(log, () => 20).limit(256, 1), 1);
  assertEquals(log.lines, [line(1, 20, 296)]);
});

Deno.test("Clients get all connections that are configured where no limit is known", () => {
  assertEquals(new ConnectionRoom(new LogRecorder(), () => Infinity).limit(65_535, 9), 65_535);
});

Deno.test("Connections over HTTP are few where the system allows few descriptors", () => {
  const http = [64, 256, 300, 310, 1024].map((allowed) => {
    const room = new ConnectionRoom(new LogRecorder(), () => allowed);
    room.limit(256, 1);
    return room.http;
  });
  assertEquals(http, [4, 4, 8, 18, 32]);
});

Deno.test("Connections for isolated clients are kept from TCP clients, which have half of what is left", () => {
  const limits = [[1024, 32], [300, 32], [64, 32]].map(([allowed, connections]) =>
    new ConnectionRoom(new LogRecorder(), () => allowed).limit(256, 1, connections)
  );
  assertEquals(limits, [256, 229, 12]);
});
