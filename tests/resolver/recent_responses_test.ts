import { assertEquals } from "@std/assert";
import { RecentResponses } from "../../lib/resolver/recent_responses.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const KEY = Uint8Array.of(0, 0, 1, 2, 3);
const RESPONSE = Uint8Array.of(9, 9, 9);

function started() {
  const clock = new FakeClock();
  const recent = new RecentResponses(clock);
  const find = (key: Uint8Array = KEY, hash = 7) => recent.find(hash, key, 2, key.length);
  return { clock, recent, find };
}

Deno.test("RecentResponses.find() is what was added, as a copy, for a second", () => {
  const { clock, recent, find } = started();
  assertEquals(find(), undefined);
  const [key, response] = [KEY.slice(), RESPONSE.slice()];
  recent.add(7, key, 2, response);
  key.fill(0);
  response.fill(0);
  clock.advance(999);
  assertEquals(find()?.response, RESPONSE);
  clock.advance(1);
  assertEquals(find(), undefined);
});

Deno.test("RecentResponses.find() compares the key from its offset on, all of it", () => {
  const { recent, find } = started();
  recent.add(7, KEY, 2, RESPONSE);
  const cases: [string, Uint8Array, boolean][] = [
    ["another octet before the offset", KEY.with(1, 5), true],
    ["another octet behind", KEY.with(4, 5), false],
    ["longer", Uint8Array.of(...KEY, 0), false],
    ["shorter", KEY.slice(0, -1), false],
  ];
  for (const [what, key, expected] of cases) assertEquals(find(key) !== undefined, expected, what);
});

Deno.test("RecentResponses.find() is the later of two responses to one key", () => {
  const { clock, recent, find } = started();
  recent.add(7, KEY, 2, RESPONSE);
  clock.advance(1000);
  recent.add(7, KEY, 2, Uint8Array.of(1));
  assertEquals(find()?.response, Uint8Array.of(1));
});

Deno.test("RecentResponses keeps the latest 32, so that its memory is bounded", () => {
  const { recent, find } = started();
  const keys = Array.from({ length: 100 }, (_, number) => KEY.with(4, number));
  for (const key of keys) recent.add(7, key, 2, key);
  const found = keys.filter((key) => find(key) !== undefined);
  assertEquals(found, keys.slice(68));
});
