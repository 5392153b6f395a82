/** Questions that no cache can answer: random names below one random label of a domain. */

import type { Question } from "../query/question.ts";
import { MAX_NAME_LENGTH } from "../../dns/name.ts";

const TYPE_A = 1;
/** Octets of a random label on the wire. */
const LABEL_LENGTH = 13;
/** The longest domain that leaves room for the labels. */
export const MAX_DOMAIN_LENGTH = MAX_NAME_LENGTH - 2 * LABEL_LENGTH;

export class RandomQuestions {
  readonly #domain: Uint8Array;

  /** `domain` on the wire, of at most `MAX_DOMAIN_LENGTH` octets. */
  constructor(domain: Uint8Array) {
    this.#domain = Uint8Array.from([...randomLabel(), ...domain]);
  }

  next(): Question {
    return { name: Uint8Array.from([...randomLabel(), ...this.#domain]), type: TYPE_A };
  }
}

function randomLabel(): number[] {
  const random = crypto.getRandomValues(new Uint8Array((LABEL_LENGTH - 1) / 2)).toHex();
  return [random.length, ...new TextEncoder().encode(random)];
}
