/** Octets by chance, the same in every run: for tests of what must hold whatever comes. */

/** A whole number from 0 to `limit` - 1. */
export type Below = (limit: number) => number;

/** Random numbers (mulberry32) from a seed. */
export function random(seed: number): Below {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

export function randomOctets(below: Below, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => below(256));
}

/** Octets that mean something in a message: ends of names, pointers, lengths, types. */
const TELLING = [0, 1, 2, 5, 6, 12, 15, 39, 41, 63, 64, 128, 192, 193, 250, 255];

/** A copy of `octets` with a few changed, cut off, doubled or taken out. */
export function mutated(below: Below, octets: Uint8Array): Uint8Array<ArrayBuffer> {
  let mutant = Uint8Array.from(octets);
  for (let count = 1 + below(4); count > 0 && mutant.length > 0; count--) {
    const at = below(mutant.length);
    switch (below(6)) {
      case 0:
        mutant = mutant.slice(0, at);
        break;
      case 1:
        mutant = Uint8Array.from([...mutant.slice(0, at), ...mutant.slice(at + 1 + below(8))]);
        break;
      case 2:
        mutant = Uint8Array.from([...mutant.slice(0, at), ...mutant.slice(at - below(9))]);
        break;
      case 3:
        mutant[at] = TELLING[below(TELLING.length)];
        break;
      case 4:
        mutant[at] ^= 1 << below(8);
        break;
      default:
        mutant[at] = below(256);
    }
  }
  return mutant;
}

/** `count` messages: three in four mutants of `seeds`, the others nothing but chance. */
export function* hostile(
  seed: number,
  seeds: readonly Uint8Array[],
  count: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const below = random(seed);
  for (let made = 0; made < count; made++) {
    if (below(4) === 0) yield randomOctets(below, below(80));
    else yield mutated(below, seeds[below(seeds.length)]);
  }
}
