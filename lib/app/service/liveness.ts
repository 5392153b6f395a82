/**
 * Whether the listeners answer at all: each UDP address is asked what the program answers by itself, and so is
 * one over TCP. The question has opcode STATUS, to which the answer is NOTIMP (`listener/admission.ts`).
 *
 * Silence counts only where there is no other cause: an address that has never answered may be shut off by a
 * packet filter, and in a crowd that is larger than the socket's buffer a question may be lost every time.
 */

import { HEADER_LENGTH, setFlags, setMessageId } from "../../dns/header.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import { type Address, formatAddress } from "../../net/address.ts";
import type { Ask } from "./own_question.ts";
import type { Look } from "./self_check.ts";

export interface LivenessOptions {
  /** Those listened on now. */
  readonly addresses: () => readonly Address[];
  /** Of all listeners; what the program asks itself is counted as `own`. */
  readonly counters: ListenerCounters;
  readonly overUdp: Ask;
  readonly overTcp: Ask;
}

const STATUS = 2 << 11;
/** Messages received during the look: with as many the socket's buffer may have been full. */
const CROWD = 1000;

export class Liveness implements Look {
  readonly #options: LivenessOptions;
  /** Address and transport that have answered. */
  readonly #proven = new Set<string>();

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  async look(): Promise<string | undefined> {
    const { addresses, overTcp, overUdp } = this.#options;
    const results = await Promise.all(
      addresses().map(async (address) => ({
        address,
        ...await this.#ask(address, "UDP", overUdp),
      })),
    );
    const reached = results.find(({ isAnswered }) => isAnswered);
    const silent = results.find(({ problem }) => problem !== undefined);
    if (silent !== undefined || reached === undefined) return silent?.problem;
    return (await this.#ask(reached.address, "TCP", overTcp)).problem;
  }

  async #ask(address: Address, transport: "UDP" | "TCP", ask: Ask) {
    const { counters } = this.#options;
    const { answered, received } = counters;
    const refused = counters.refusedConnections;
    const connections = counters.connections + refused;
    const name = `${formatAddress(address)} (${transport})`;
    const outcome = await ask(address, statusQuery());
    if (outcome instanceof Uint8Array) countOwn(counters, transport);
    else if (transport === "TCP" && counters.refusedConnections > refused) counters.ownRefused++;
    if (outcome instanceof Uint8Array || outcome === "closed") this.#proven.add(name);
    const isAnswered = outcome instanceof Uint8Array;
    if (outcome !== "silence" || !this.#proven.has(name)) return { isAnswered };
    const isBusy = transport === "UDP"
      ? counters.received - received >= CROWD && counters.answered > answered
      : counters.connections + counters.refusedConnections > connections;
    return isBusy ? { isAnswered } : { isAnswered, problem: `no answer on ${name}` };
  }
}

function countOwn(counters: ListenerCounters, transport: "UDP" | "TCP"): void {
  counters.own++;
  if (transport === "TCP") counters.ownStreamed++;
}

/** A header alone. */
function statusQuery(): Uint8Array {
  const query = new Uint8Array(HEADER_LENGTH);
  setMessageId(query, crypto.getRandomValues(new Uint16Array(1))[0]);
  setFlags(query, STATUS);
  return query;
}
