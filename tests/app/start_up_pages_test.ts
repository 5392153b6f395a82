import { assert, assertEquals, assertThrows } from "@std/assert";
import { readOnlyRanges, StartUpPages } from "../../lib/app/start_up_pages.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const [LOAD, NOTE, PROGRAM_HEADERS] = [1, 4, 6];
const [EXECUTE, WRITE, READ] = [1, 2, 4];
const HEADER_LENGTH = 56;

/** Program headers as elf(5) lays them out: type, flags, offset, addresses, lengths, alignment. */
function headersOf(...rows: [type: number, flags: number, address: bigint, length: bigint][]) {
  const view = new DataView(new ArrayBuffer(HEADER_LENGTH * rows.length));
  rows.forEach(([type, flags, address, length], index) => {
    const at = index * HEADER_LENGTH;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 16, address, true);
    view.setBigUint64(at + 32, length, true);
    view.setBigUint64(at + 40, length, true);
  });
  return new Uint8Array(view.buffer);
}

Deno.test("readOnlyRanges() finds loaded segments that nobody may write, in whole pages", () => {
  const headers = headersOf(
    [PROGRAM_HEADERS, READ, 0x40n, 0x118n],
    [LOAD, READ, 0n, 0x2345n],
    [LOAD, READ | EXECUTE, 0x3345n, 0x3000n],
    [LOAD, READ | WRITE, 0x8000n, 0x5000n],
    [NOTE, READ, 0x200n, 0x4000n],
  );
  // The file is at 0x7000_0000 in memory.
  assertEquals(readOnlyRanges(headers, HEADER_LENGTH, 0x7000_0040n, 4096n), [
    { start: 0x7000_0000n, end: 0x7000_2000n },
    { start: 0x7000_4000n, end: 0x7000_6000n },
  ]);
});

Deno.test("readOnlyRanges() leaves out a segment that fills no whole page", () => {
  const headers = headersOf([PROGRAM_HEADERS, READ, 0x40n, 112n], [LOAD, READ, 0x10n, 0x1ff0n]);
  assertEquals(readOnlyRanges(headers, HEADER_LENGTH, 0x40n, 0x1000n).length, 1);
  assertEquals(readOnlyRanges(headers, HEADER_LENGTH, 0x40n, 0x10000n), []);
});

Deno.test("readOnlyRanges() finds nothing where the headers do not say where they are", () => {
  const headers = headersOf([LOAD, READ, 0n, 0x2000n]);
  assertEquals(readOnlyRanges(headers, HEADER_LENGTH, 0x40n, 4096n), []);
});

Deno.test({
  name: "StartUpPages.release() makes the resident size smaller, and the program goes on",
  // The library stays open until the program ends.
  sanitizeResources: false,
  fn: () => {
    const pages = StartUpPages.find();
    const before = Deno.memoryUsage().rss;
    pages.release();
    const after = Deno.memoryUsage().rss;
    assert(after < before - 10e6, `${before} octets, then ${after}`);
    assertEquals(JSON.parse('{"still": ["here"]}'), { still: ["here"] });
  },
});

Deno.test({
  name: "StartUpPages gives pages back after 1, 2, 4 ... seconds, then every hour, until stopped",
  sanitizeResources: false,
  fn: () => {
    const clock = new FakeClock();
    const pages = StartUpPages.find();
    let releases = 0;
    pages.release = () => void releases++;
    pages.start(clock);
    clock.advance(999);
    assertEquals(releases, 0);
    clock.advance(1);
    assertEquals(releases, 1);
    clock.advance(2000 + 4000);
    assertEquals(releases, 3);
    clock.advance(3 * 3_600_000);
    const soFar = releases;
    clock.advance(10 * 3_600_000);
    assertEquals(releases, soFar + 10);
    pages.stop();
    clock.advance(10 * 3_600_000);
    assertEquals(releases, soFar + 10);
  },
});

Deno.test({
  name: "StartUpPages.find() says why it cannot: no permission",
  permissions: { ffi: false },
  fn: () => {
    assertThrows(() => StartUpPages.find(), Error, "the C library is not permitted");
  },
});
