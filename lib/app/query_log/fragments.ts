/** Parts of lines that come again and again, as octets made once for each. All begin with a comma. */

import { rcodeName } from "../../dns/rcode_name.ts";
import { className, typeName } from "../../dns/rrtype_name.ts";
import type { Failure } from "../../resolver/failure.ts";
import type { Origin } from "../../resolver/origin.ts";
import { type ClientDetail, clientText } from "./client_text.ts";
import { causeOf } from "./failure_cause.ts";

/** Clients remembered at a time, and numbers of types and classes: nearly all that are in use. */
const MAX_CLIENTS = 1024;
const MAX_NUMBER = 512;
const CLASS_IN = 1;

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);
const HERE = fragment("from", "here");

export class Fragments {
  readonly #detail: ClientDetail;
  readonly #clients = new Map<string, Uint8Array>();
  readonly #types = new Numbered((type) => fragment("type", typeName(type)));
  readonly #classes = new Numbered((number) =>
    number === CLASS_IN ? NOTHING : fragment("class", className(number))
  );
  readonly #rcodes = new Numbered((rcode) => fragment("rcode", rcodeName(rcode)));
  readonly #origins = new WeakMap<Origin, Uint8Array>();
  readonly #causes = new WeakMap<Failure, Uint8Array>();

  constructor(detail: ClientDetail) {
    this.#detail = detail;
  }

  client(host: string): Uint8Array {
    const known = this.#clients.get(host);
    if (known) return known;
    const text = clientText(host, this.#detail);
    const made = text === undefined ? NOTHING : fragment("client", text);
    if (this.#clients.size === MAX_CLIENTS) this.#clients.clear();
    this.#clients.set(host, made);
    return made;
  }

  type(type: number): Uint8Array {
    return this.#types.of(type);
  }

  /** Nothing for the class IN. */
  class(number: number): Uint8Array {
    return this.#classes.of(number);
  }

  rcode(rcode: number): Uint8Array {
    return this.#rcodes.of(rcode);
  }

  origin(from: Origin | undefined): Uint8Array {
    if (from === undefined) return HERE;
    const known = this.#origins.get(from);
    if (known) return known;
    const made = fragment("from", from.way, "upstream", from.upstream);
    this.#origins.set(from, made);
    return made;
  }

  /** Nothing where it says nothing. */
  cause(failure: Failure): Uint8Array {
    const known = this.#causes.get(failure);
    if (known) return known;
    const cause = causeOf(failure);
    const made = cause === undefined ? NOTHING : fragment("cause", cause);
    this.#causes.set(failure, made);
    return made;
  }
}

/** Fragments by a number; those of large ones are made anew each time. */
class Numbered {
  readonly #make: (number: number) => Uint8Array;
  readonly #known: (Uint8Array | undefined)[] = new Array(MAX_NUMBER).fill(undefined);

  constructor(make: (number: number) => Uint8Array) {
    this.#make = make;
  }

  of(number: number): Uint8Array {
    return number < MAX_NUMBER ? this.#known[number] ??= this.#make(number) : this.#make(number);
  }
}

/** Names and values in turn, as members of an object. */
function fragment(...parts: readonly string[]): Uint8Array {
  const texts = parts.map((part, at) => (at % 2 === 0 ? "," : ":") + JSON.stringify(part));
  return encoder.encode(texts.join(""));
}
