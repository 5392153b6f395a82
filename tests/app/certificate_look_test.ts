import { assertEquals } from "@std/assert";
import { CertificateLook } from "../../lib/app/certificate_look.ts";
import type { Stream } from "../../lib/net/dial.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";

const HOUR = 3_600_000;

function start() {
  const clock = new FakeClock();
  const seen = { dials: 0, closed: 0, isReachable: true, lines: [] as string[] };
  const add = (text: string) => void seen.lines.push(text);
  const log = { debug: add, info: add, warning: add, error: add };
  const dial = () => {
    seen.dials++;
    if (!seen.isReachable) return Promise.reject(new Error("connection refused"));
    return Promise.resolve({ close: () => seen.closed++ } as unknown as Stream);
  };
  const look = new CertificateLook({ name: "tls://192.0.2.1", dial, clock, log });
  const want = async () => {
    look.want();
    await settled();
  };
  return { clock, seen, want };
}

Deno.test("CertificateLook.want() connects once a day at most, and leaves again", async () => {
  const { clock, seen, want } = start();
  for (let each = 0; each < 5; each++) await want();
  assertEquals([seen.dials, seen.closed], [1, 1]);
  clock.advance(23 * HOUR);
  await want();
  assertEquals(seen.dials, 1);
  clock.advance(HOUR);
  await want();
  assertEquals([seen.dials, seen.closed], [2, 2]);
  assertEquals(seen.lines, []);
});

Deno.test("CertificateLook tries again after an hour where it could not look", async () => {
  const { clock, seen, want } = start();
  seen.isReachable = false;
  await want();
  clock.advance(HOUR - 1);
  await want();
  assertEquals(seen.dials, 1);
  clock.advance(1);
  seen.isReachable = true;
  await want();
  assertEquals([seen.dials, seen.closed], [2, 1]);
  assertEquals(seen.lines, [
    "Cannot look at the certificate of tls://192.0.2.1: connection refused",
  ]);
});

Deno.test("CertificateLook runs no timer, and does nothing unless it is asked", () => {
  const { clock, seen } = start();
  clock.advance(100 * HOUR);
  assertEquals([seen.dials, clock.running], [0, 0]);
});
