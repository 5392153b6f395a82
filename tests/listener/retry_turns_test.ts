import { assertEquals } from "@std/assert";
import { endOfTurn } from "../../lib/base/turn.ts";
import { RetryTurns } from "../../lib/listener/retry_turns.ts";

class Retrying {
  asked = 0;

  constructor(public left: number) {}

  retry(): boolean {
    if (this.left === 0) return false;
    this.left--;
    this.asked++;
    return true;
  }
}

Deno.test("RetryTurns has few queries asked in a turn of the event loop, of all connections alike", async () => {
  const turns = new RetryTurns();
  const all = [new Retrying(100), new Retrying(20), new Retrying(3)];
  for (const each of all) turns.add(each);
  await endOfTurn();
  const asked = () => all.reduce((sum, each) => sum + each.asked, 0);
  assertEquals(asked() <= 32, true, `${asked()} in a turn or two`);
  assertEquals(all[2].asked, 3);
  for (let count = 0; count < 20; count++) await endOfTurn();
  assertEquals(all.map((each) => each.left), [0, 0, 0]);
});

Deno.test("RetryTurns.remove() has a connection asked no more", async () => {
  const turns = new RetryTurns();
  const [gone, other] = [new Retrying(5), new Retrying(5)];
  turns.add(gone);
  turns.add(other);
  turns.remove(gone);
  for (let count = 0; count < 5; count++) await endOfTurn();
  assertEquals([gone.asked, other.asked], [0, 5]);
});
