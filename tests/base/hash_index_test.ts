import { assertEquals, assertNotEquals } from "@std/assert";
import { HashIndex, hashOctets } from "../../lib/base/hash_index.ts";
import { random, randomOctets } from "../dns/random_octets.ts";

function chain(index: HashIndex, hash: number): number[] {
  const slots: number[] = [];
  for (let slot = index.first(hash); slot >= 0; slot = index.next(slot)) slots.push(slot);
  return slots;
}

Deno.test("HashIndex.first() is -1 for a hash without slots", () => {
  const index = new HashIndex(4);
  assertEquals(chain(index, 0), []);
  assertEquals(chain(index, 0xffffffff), []);
});

Deno.test("HashIndex keeps several slots of one hash, the latest first", () => {
  const index = new HashIndex(8);
  for (const slot of [3, 0, 7]) index.add(slot, 0xdeadbeef);
  assertEquals(chain(index, 0xdeadbeef), [7, 0, 3]);
});

Deno.test("HashIndex.hash() is the whole hash under which a slot was added", () => {
  const index = new HashIndex(8);
  index.add(3, 0xdeadbeef);
  assertEquals(index.hash(3), 0xdeadbeef);
});

Deno.test("HashIndex.remove() takes out the first, a middle and the last of a chain", () => {
  for (const removed of [5, 3, 1]) {
    const index = new HashIndex(8);
    for (const slot of [1, 3, 5]) index.add(slot, 42);
    index.remove(removed);
    assertEquals(chain(index, 42), [5, 3, 1].filter((slot) => slot !== removed));
  }
});

Deno.test("HashIndex finds exactly the slots of a hash, over 10,000 random steps", () => {
  const index = new HashIndex(32);
  const hashes = new Map<number, number>();
  const below = random(2);
  for (let step = 0; step < 10_000; step++) {
    const slot = below(32);
    if (hashes.delete(slot)) index.remove(slot);
    else {
      // Few hashes, so that chains are long; with high bits, so that these do not matter.
      const hash = (0xff000000 + below(5) * 0x10003) >>> 0;
      index.add(slot, hash);
      hashes.set(slot, hash);
    }
    for (const hash of new Set(hashes.values())) {
      const found = chain(index, hash).filter((each) => hashes.get(each) === hash);
      const expected = [...hashes].filter(([, each]) => each === hash).map(([each]) => each);
      assertEquals(found.toSorted(), expected.toSorted(), `step ${step}`);
      assertEquals(chain(index, hash).filter((each) => !hashes.has(each)), [], `step ${step}`);
    }
  }
});

Deno.test("hashOctets() depends on the octets between the offsets and on nothing else", () => {
  const octets = Uint8Array.of(1, 2, 3, 4, 5);
  assertEquals(hashOctets(octets, 1, 4), hashOctets(Uint8Array.of(9, 2, 3, 4, 9), 1, 4));
  for (const at of [1, 2, 3]) {
    assertNotEquals(hashOctets(octets, 1, 4), hashOctets(octets.with(at, 77), 1, 4), `octet ${at}`);
  }
});

Deno.test("hashOctets() depends on the seed, and not in the same way for all octets", () => {
  const [one, other] = [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4)];
  const difference = (seed: number) => hashOctets(one, 0, 3, seed) ^ hashOctets(other, 0, 3, seed);
  assertNotEquals(hashOctets(one, 0, 3), hashOctets(one, 0, 3, 7));
  assertNotEquals(difference(7), difference(8));
});

Deno.test("hashOctets() is a number of 32 bits and seldom the same for other octets", () => {
  const below = random(3);
  const seen = new Set<number>();
  for (let count = 0; count < 10_000; count++) {
    const hash = hashOctets(randomOctets(below, 40), 0, 40);
    assertEquals(hash, hash >>> 0);
    seen.add(hash);
  }
  assertNotEquals(seen.size < 9_990, true, `${10_000 - seen.size} of 10,000 collide`);
});
