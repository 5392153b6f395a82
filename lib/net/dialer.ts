/** Dials one target again and again, and remembers what it learned: the addresses of a name, and ALPN. */

import type { Clock } from "../base/clock.ts";
import type { ClockFloor } from "../base/clock_floor.ts";
import { type Address, isIpAddress } from "./address.ts";
import type { AddressSource } from "./address_source.ts";
import { dial, type DialOptions, type Stream, type Target, type TlsTarget } from "./dial.ts";
import { DialError } from "./dial_error.ts";
import type { ClientCertificate, ConnectedPeer, Identity } from "./identity.ts";
import { TlsSession } from "./tls_session.ts";
import { type AddressStore, type OnStale, Whereabouts } from "./whereabouts.ts";

export interface DialerOptions {
  /** Milliseconds for an attempt, handshake included. */
  readonly timeout: number;
  readonly caCerts: readonly string[];
  readonly client?: ClientCertificate;
  readonly onPeer?: (peer: ConnectedPeer) => void;
  /** Whether each connection is to begin afresh, as connections are not to be linked with each other. */
  readonly isUnlinked?: boolean;
  /** Whom to ask for the addresses of a name; the system's resolver if there are none. */
  readonly bootstrap?: readonly Address[];
  /** Keeps the addresses of a name from one run to the next. */
  readonly addresses?: AddressStore;
  /** Is told once when addresses are used that could not be asked for again. */
  readonly onStale?: OnStale;
  readonly clock?: Clock;
  readonly floor?: ClockFloor;
  readonly isUndated?: boolean;
}

/** What a target without an identity asks for, too. */
export const STRICT: Identity = { pins: [], isAuthenticated: true, caFiles: [] };

export class Dialer {
  readonly #target: Target;
  readonly #options: DialerOptions;
  /** Undefined where there is no name. */
  readonly #source: AddressSource | undefined;
  readonly #session: TlsSession | undefined;
  #alpn = true;
  /** Whether the server took the last connection and said nothing. */
  #isSilent = false;
  /** Whether the server was let in by `node_tls.ts` after the runtime's own TLS had refused it. */
  #isAppealed = false;

  constructor(target: Target, options: DialerOptions) {
    this.#target = target;
    this.#options = options;
    this.#session = options.isUnlinked ? undefined : new TlsSession();
    const isNamed = target.transport === "tls" && !isIpAddress(target.hostname);
    this.#source = isNamed ? new Whereabouts(target.hostname, options) : undefined;
  }

  /** Opens a stream; rejects with `DialError`. */
  async dial(): Promise<Stream> {
    try {
      return await this.#dialOrAgain();
    } catch (error) {
      throw this.#blamed(error as DialError);
    }
  }

  /** The network is not what it was: nobody is to see that it is we who come from there. */
  forgetSession(): void {
    this.#session?.forget();
  }

  /** Where a certificate is out of date by a clock that is wrong, the clock is what matters. */
  #blamed(error: DialError): DialError {
    const { floor } = this.#options;
    if (!error.isPeriod || !floor?.isWrong) return error;
    return new DialError("TLS time", floor.cause, error, floor.detail);
  }

  async #dialOrAgain(): Promise<Stream> {
    try {
      return await this.#attempt();
    } catch (error) {
      const { isAlpnRefused, isLasting } = error as DialError;
      // Some servers refuse the protocol name "dot"; none needs it (RFC 7858 knows none).
      if (isAlpnRefused && this.#alpn) this.#alpn = false;
      // What a session from before does not prove, its server may.
      else if (!isLasting || !this.#session?.forget()) throw error;
      return await this.#attempt();
    }
  }

  async #attempt(): Promise<Stream> {
    const options = {
      ...this.#options,
      alpn: this.#alpn,
      source: this.#source,
      session: this.#session,
    };
    try {
      const stream = await this.#open(options);
      this.#isSilent = false;
      return stream;
    } catch (error) {
      this.#isSilent ||= (error as DialError).isSilence;
      throw error;
    }
  }

  async #open(options: DialOptions): Promise<Stream> {
    const target = this.#target;
    if (target.transport !== "tls") return await dial(target, options);
    if (target.identity) return await dialByNode(target, target.identity, options);
    if (this.#isSilent || this.#isAppealed) return await openAnyway(target, options);
    try {
      return await openByRuntime(target, options);
    } catch (error) {
      if (!(error as DialError).isRefusal) throw error;
      const stream = await appeal(target, options, error as DialError);
      this.#isAppealed = true;
      return stream;
    }
  }
}

async function openByRuntime(target: TlsTarget, options: DialOptions): Promise<Stream> {
  const stream = await dial(target, options);
  options.floor?.onProof();
  return stream;
}

/** In the way that leaves no socket behind where nothing is said: the runtime's own TLS does (`dial.ts`). */
async function openAnyway(target: TlsTarget, options: DialOptions): Promise<Stream> {
  try {
    return await dialByNode(target, STRICT, { ...options, onPeer: undefined });
  } catch (error) {
    // An older runtime: a socket left behind now and then is better than no upstream.
    if (!(error as DialError).isUnsupported) throw error;
    return await dial(target, options);
  }
}

/**
 * The runtime's own TLS refuses a server whose certificate is itself one of those to trust, where it says that
 * it is an authority's (`openssl req -x509` writes that), and shows no certificate from which to tell more. So
 * what `--ca` and `ca=` let in, and what they say of the rest, is found out in one way. Throws `refused` where
 * nothing more can be said.
 */
async function appeal(
  target: TlsTarget,
  options: DialOptions,
  refused: DialError,
): Promise<Stream> {
  try {
    return await dialByNode(target, STRICT, { ...options, onPeer: undefined });
  } catch (error) {
    const { isRefusal, isUnsupported } = error as DialError;
    throw isRefusal && !isUnsupported ? error : refused;
  }
}

/** Loaded only here: it takes memory that other upstreams need not pay for. */
async function dialByNode(
  target: TlsTarget,
  identity: Identity,
  options: DialOptions,
): Promise<Stream> {
  const { dialNodeTls } = await import("./node_tls.ts");
  return await dialNodeTls(target, identity, options);
}
