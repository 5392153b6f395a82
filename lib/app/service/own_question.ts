/**
 * Questions of the program to its own listeners, over the sockets that clients use. What comes of them is
 * silence only where nothing else can be the cause: an address that this machine does not have at the moment,
 * no descriptor left, or a program that stood still leave it open.
 */

import type { Clock, Timer } from "../../base/clock.ts";
import { HEADER_LENGTH, isResponse, messageId } from "../../dns/header.ts";
import { type Address, isIpv4, isWildcard } from "../../net/address.ts";
import { Conversation, SilenceError } from "../query/conversation.ts";

/** A reply, or why there is none; `closed`: the connection was taken and ended. */
export type Outcome = Uint8Array | "silence" | "closed" | "unclear";

/** Asks the listener at `address`. Never rejects for what the system refuses. */
export type Ask = (address: Address, query: Uint8Array) => Promise<Outcome>;

/** A datagram is sent again each second, as those of clients are in a crowd. */
const TRIES = 5;
const TRY = 1000;
/** Milliseconds of delay that no load explains (`base/sweep.ts`). */
const LATE = 1000;
const MAX_REPLY_LENGTH = 4096;

/** Over UDP, from the very address that is asked: the system binds it only where it is this machine's. */
export function askOverUdp(clock: Clock): Ask {
  return async (address, query) => {
    const { hostname, port } = reachable(address);
    let socket: Deno.DatagramConn;
    try {
      socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    } catch {
      return "unclear";
    }
    try {
      const to: Deno.NetAddr = { transport: "udp", hostname, port };
      return await sendUntilAnswered(socket, to, query, clock);
    } finally {
      socket.close();
    }
  };
}

/** Over TCP; of an address that is known to be this machine's. */
export function askOverTcp(clock: Clock): Ask {
  return async (address, query) => {
    const late = new Deadline(clock, TRIES * TRY);
    try {
      const stream = await Deno.connect({ ...reachable(address), signal: late.signal });
      stream.setNoDelay();
      return await askOnStream(stream, query, late);
    } catch (error) {
      // Nobody listens there any more.
      if (error instanceof Deno.errors.ConnectionRefused) return "silence";
      if (late.isOver) return late.outcome;
      return "unclear";
    } finally {
      late.cancel();
    }
  };
}

/** A time limit, and whether it was met by a program that ran. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: Timer;
  readonly passed: Promise<Outcome>;
  isOver = false;
  outcome: Outcome = "silence";

  constructor(clock: Clock, duration: number) {
    const due = clock.now() + duration;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.passed = promise;
    this.#timer = clock.after(duration, () => {
      this.isOver = true;
      if (clock.now() - due >= LATE) this.outcome = "unclear";
      resolve(this.outcome);
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(): void {
    this.#timer.cancel();
  }
}

async function sendUntilAnswered(
  socket: Deno.DatagramConn,
  to: Deno.NetAddr,
  query: Uint8Array,
  clock: Clock,
): Promise<Outcome> {
  const reply = receiveReply(socket, query);
  for (let tries = 0; tries < TRIES; tries++) {
    const late = new Deadline(clock, TRY);
    // What cannot be sent was not asked; a socket without room for it says nothing until the limit.
    const unsent = socket.send(query, to).then(() => reply, (): Outcome => "unclear");
    const outcome = await Promise.race([reply, unsent, late.passed]);
    late.cancel();
    if (outcome !== "silence") return outcome;
  }
  return "silence";
}

/** The reply to `query`; `unclear` once the socket is closed or fails. */
async function receiveReply(socket: Deno.DatagramConn, query: Uint8Array): Promise<Outcome> {
  const buffer = new Uint8Array(MAX_REPLY_LENGTH);
  try {
    for (;;) {
      const [message] = await socket.receive(buffer);
      if (isReply(message, query)) return message.slice();
    }
  } catch {
    return "unclear";
  }
}

async function askOnStream(
  stream: Deno.TcpConn,
  query: Uint8Array,
  late: Deadline,
): Promise<Outcome> {
  const conversation = new Conversation(stream);
  try {
    await conversation.send(query);
    const reply = conversation.next(performance.now() + TRIES * TRY + LATE)
      .then(({ message }): Outcome => message, (error): Outcome => {
        if (error instanceof SilenceError) return "closed";
        throw error;
      });
    const outcome = await Promise.race([reply, late.passed]);
    return outcome === "silence" && !hasDescriptors() ? "unclear" : outcome;
  } catch (error) {
    if (error instanceof SilenceError) return "closed";
    throw error;
  } finally {
    conversation.close();
  }
}

/** Whether accept(2) has a descriptor to return. */
function hasDescriptors(): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

function isReply(message: Uint8Array, query: Uint8Array): boolean {
  return message.length >= HEADER_LENGTH && isResponse(message) &&
    messageId(message) === messageId(query);
}

/** A socket for every address of the machine is asked at the one that is always there. */
function reachable({ hostname, port }: Address): Address {
  if (!isWildcard(hostname)) return { hostname, port };
  return { hostname: isIpv4(hostname) ? "127.0.0.1" : "::1", port };
}
