/**
 * The examination of an upstream, probe after probe. One that fails says so, and the others go on, but
 * for DNS: nothing is asked of a server that does not verify.
 */

import { ClockFloor } from "../../base/clock_floor.ts";
import { type Address, isIpAddress } from "../../net/address.ts";
import { dial, type Stream, type Target, type TlsTarget } from "../../net/dial.ts";
import { DialError } from "../../net/dial_error.ts";
import { Dialer } from "../../net/dialer.ts";
import { readIdentity } from "../pem_files.ts";
import { Conversation, SilenceError } from "../query/conversation.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import { RELEASED } from "../version.ts";
import type { CertificateFacts } from "./certificate_text.ts";
import { type DnsProbeOptions, probeAnswer, probeBurst, probeIdle } from "./dns_probes.ts";
import type { RandomQuestions } from "./random_questions.ts";
import { addressesOf, probeAddresses, probeTls } from "./reach_probes.ts";
import type { Report } from "./report.ts";
import { probeResumption } from "./resumption.ts";

export interface ExaminationOptions {
  readonly caCerts: readonly string[];
  readonly bootstrap: readonly Address[];
  readonly questions: RandomQuestions;
  /** Milliseconds to wait for the end of an idle connection; 0: not at all. */
  readonly idle: number;
}

/** Milliseconds for each step: connecting, handshake, an answer. */
const TIMEOUT = 5000;
/** Names of a certificate that are tried where the one asked for is not among them. */
const MAX_NAMES = 3;

export class Examination {
  readonly #target: Target;
  readonly #options: ExaminationOptions;
  readonly #report: Report;
  readonly #floor = new ClockFloor({ built: RELEASED, wall: Date.now });
  readonly #dialer: Dialer;

  constructor(target: Target, options: ExaminationOptions, report: Report) {
    this.#target = target;
    this.#options = options;
    this.#report = report;
    this.#dialer = new Dialer(target, {
      timeout: TIMEOUT,
      ...options,
      ...readIdentity(target, options.caCerts),
      floor: this.#floor,
    });
  }

  /** Whether the upstream can be used: it connects, verifies and answers. Prints what it finds. */
  async run(): Promise<boolean> {
    this.#report.line(`Upstream ${formatTarget(this.#target)}`);
    if (this.#floor.isWrong) this.#report.finding("Clock", this.#floor.complaint);
    const reached = await this.#attempt("Address", () => this.#reach()) ?? [];
    if (reached.length === 0 && this.#target.transport !== "unix") return this.#conclude(false);
    const chain = await this.#inspect(reached[0]);
    const stream = await this.#verified(chain, reached[0]);
    return this.#conclude(stream !== undefined && await this.#ask(stream));
  }

  async #reach(): Promise<Address[]> {
    if (this.#target.transport === "unix") return [];
    const found = await addressesOf(this.#target, this.#options.bootstrap, TIMEOUT);
    return await probeAddresses(found, this.#report, TIMEOUT);
  }

  async #inspect(address: Address): Promise<CertificateFacts[]> {
    const target = this.#target;
    if (target.transport !== "tls") {
      this.#report.finding("TLS", "none: what is asked is not encrypted");
      return [];
    }
    const probe = () => probeTls(address, target.serverName, this.#report, TIMEOUT);
    const chain = await this.#attempt("TLS", probe);
    if (chain === undefined) return [];
    const resume = () => probeResumption(address, target.serverName, this.#report, TIMEOUT);
    await this.#attempt("Resumption", resume);
    return chain;
  }

  /** A stream as the forwarder opens it; without one, what the certificate is good for. */
  async #verified(
    chain: readonly CertificateFacts[],
    address: Address,
  ): Promise<Stream | undefined> {
    const target = this.#target;
    try {
      const stream = await this.#dialer.dial();
      if (target.transport === "tls") {
        this.#report.finding("Verification", verificationText(target));
      }
      return stream;
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      this.#report.finding("Verification", `failed: ${error.message}`);
      const isName = error.message.includes("another name");
      if (isName && target.transport === "tls") await this.#suggestNames(chain, address);
      return undefined;
    }
  }

  /** Which names of the certificate would verify at this address. */
  async #suggestNames(chain: readonly CertificateFacts[], { hostname, port }: Address) {
    for (const serverName of (chain[0]?.names ?? []).slice(0, MAX_NAMES)) {
      const other: Target = { transport: "tls", hostname, port, serverName };
      const options = { timeout: TIMEOUT, caCerts: this.#options.caCerts, alpn: false };
      const stream = await dial(other, options).catch(() => undefined);
      if (stream === undefined) continue;
      stream.close();
      const uri = formatTarget(other);
      this.#report.finding(
        "",
        `it is valid for ${serverName}; if that is meant: --upstream ${uri}`,
      );
    }
  }

  /** Everything that takes asking; whether there was an answer. */
  async #ask(stream: Stream): Promise<boolean> {
    const { questions, idle } = this.#options;
    const isPadded = this.#target.transport === "tls";
    const options: DnsProbeOptions = {
      questions,
      isPadded,
      report: this.#report,
      timeout: TIMEOUT,
    };
    const conversation = new Conversation(stream);
    try {
      const first = await this.#attempt("Answer", () => probeAnswer(conversation, options));
      if (first === undefined) return false;
      const accepted = { ...options, form: first.form };
      await this.#attempt("Many at once", () => probeBurst(conversation, accepted));
      const hasKeepalive = first.keepalive !== undefined;
      const probe = () => probeIdle(() => this.#dialer.dial(), hasKeepalive, idle, accepted);
      if (idle > 0) await this.#attempt("Idle", probe);
      return first.isAnswer;
    } finally {
      conversation.close();
    }
  }

  #conclude(isUsable: boolean): boolean {
    this.#report.line("");
    this.#report.line(isUsable ? "Usable as upstream:" : "Not usable as upstream.");
    return isUsable;
  }

  /** What the probe returns, or undefined, and then the report says why. */
  async #attempt<T>(label: string, probe: () => Promise<T>): Promise<T | undefined> {
    try {
      return await probe();
    } catch (error) {
      const { message } = error as Error;
      const isExpected = error instanceof DialError || error instanceof SilenceError;
      this.#report.finding(label, `failed: ${isExpected ? message : `unexpected: ${message}`}`);
      return undefined;
    }
  }
}

/** What the server has proven, as the target asks for it. */
function verificationText({ serverName, identity }: TlsTarget): string {
  if (identity?.isAuthenticated === false) return "none: the server is not authenticated";
  if (!identity?.pins.length) return `valid for ${serverName}`;
  return isIpAddress(serverName) ? "has a pinned key" : `valid for ${serverName}, has a pinned key`;
}
