import { assertEquals } from "@std/assert";
import { type Debtor, MAX_UNSENT, Unsent } from "../../lib/listener/unsent.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const MIB = 1024 * 1024;
const CLOCK = new FakeClock();

class FakeDebtor implements Debtor {
  owed = 0;
  wasGivenUp = false;

  constructor(readonly replies: Unsent, public stalled = 0) {}

  stall(): number {
    return this.stalled;
  }

  take(length: number): this {
    this.owed += length;
    this.replies.add(this, length);
    return this;
  }

  giveUp(): void {
    const { owed } = this;
    this.owed = 0;
    this.wasGivenUp = true;
    this.replies.remove(this, owed);
  }
}

Deno.test("Unsent.admits() 512 kB for a connection", () => {
  const replies = new Unsent();
  const debtor = new FakeDebtor(replies).take(MAX_UNSENT - 100);
  assertEquals([100, 101].map((length) => replies.admits(debtor, length, CLOCK)), [true, false]);
});

Deno.test("Unsent.admits() 12 MiB for all, and 4 MiB more for connections with few", () => {
  const replies = new Unsent();
  for (let count = 0; count < 24; count++) new FakeDebtor(replies).take(MAX_UNSENT);
  assertEquals(replies.total, 12 * MIB);
  const other = new FakeDebtor(replies);
  assertEquals([16_384, 16_385].map((length) => replies.admits(other, length, CLOCK)), [
    true,
    false,
  ]);
});

Deno.test("Unsent.admits() more by giving up the connection that does not read and has most", () => {
  const replies = new Unsent();
  const all = Array.from({ length: 24 }, () => new FakeDebtor(replies).take(MAX_UNSENT));
  all[3].stalled = 2000;
  all[5].stalled = 4000;
  all[7].stalled = 1999;
  const other = new FakeDebtor(replies);
  assertEquals(replies.admits(other, 65_000, CLOCK), true);
  assertEquals(all.flatMap((each, index) => each.wasGivenUp ? [index] : []), [5]);
  assertEquals(replies.total, 12 * MIB - MAX_UNSENT);
});

Deno.test("Unsent.admits() no more than 16 MiB, even for connections with few", () => {
  const replies = new Unsent();
  const all = Array.from({ length: 1024 }, () => new FakeDebtor(replies).take(16_000));
  const other = new FakeDebtor(replies);
  for (let count = 0; count < 100; count++) {
    if (replies.admits(other, 150, CLOCK)) other.take(150);
    if (replies.total > 16 * MIB) throw new Error(`${replies.total} octets`);
  }
  assertEquals(all.filter((each) => each.wasGivenUp).length, 0);
  for (let count = 0; count < 40; count++) {
    const next = new FakeDebtor(replies);
    if (replies.admits(next, 16_000, CLOCK)) next.take(16_000);
  }
  assertEquals(replies.total <= 16 * MIB, true);
  assertEquals(all.some((each) => each.wasGivenUp), true);
});
