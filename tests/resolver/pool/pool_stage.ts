/** A pool under test: its clock, the upstreams in it, and what it tells its requester. */

import { makePolicy, type PolicyName } from "../../../lib/resolver/pool/policy.ts";
import { Pool } from "../../../lib/resolver/pool/pool.ts";
import type { PoolNews } from "../../../lib/resolver/pool/pool_news.ts";
import type { Health, PoolUpstream } from "../../../lib/resolver/pool/pool_member.ts";
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { parseMessage } from "../../helpers/message.ts";
import {
  buildQuery,
  buildResponse,
  type QueryInput,
  type ResponseInput,
} from "../../helpers/query.ts";
import { failure } from "../../../lib/resolver/failure.ts";
import { asToken, FakeResolver, Recorder } from "../recorder.ts";

export const DEADLINE = 4500;
export const TICK = 50;

/** An upstream that does what the test says. */
export class FakeUpstream extends FakeResolver implements PoolUpstream {
  state: Health = "well";
  responseTime = -1;
  pending = 0;

  constructor(readonly name: string) {
    super();
  }

  health(): Health {
    return this.state;
  }

  /** The names asked, in order. */
  get names(): string[] {
    return this.asked.map(({ query }) => parseMessage(query).questions[0].name);
  }

  answer(index: number, input: ResponseInput = {}): void {
    this.respond(index, buildResponse(parseMessage(this.asked[index].query), input));
  }

  /** Fails every query at once, as an upstream does that is down. */
  refuse(): void {
    this.state = "failing";
    this.onQuery = ({ requester, token }) => requester.fail(token, failure(2, [{ code: 22 }]));
  }
}

export class PoolStage {
  readonly clock = new FakeClock();
  readonly recorder = new Recorder();
  readonly lines: string[] = [];
  readonly upstreams: readonly FakeUpstream[];
  readonly pool: Pool;
  #last = 0;

  constructor(
    policy: PolicyName = "failover",
    names = ["one", "two"],
    random = () => 0,
    news?: PoolNews,
  ) {
    const note = (severity: string) => (text: string) =>
      void this.lines.push(`${severity}: ${text}`);
    this.upstreams = names.map((name) => new FakeUpstream(name));
    this.pool = new Pool({
      upstreams: this.upstreams,
      policy: makePolicy(policy, random),
      capacity: 100,
      deadline: DEADLINE,
      clock: this.clock,
      news,
      log: {
        debug: note("debug"),
        info: note("info"),
        warning: note("warning"),
        error: note("error"),
      },
    });
  }

  /** Asks for a name; returns the token. */
  ask(name = "www.example", input: QueryInput = {}): number {
    const token = ++this.#last;
    const query = buildQuery(name, { id: 0, edns: true, ...input });
    this.pool.resolve(query, this.recorder, asToken(token));
    query.fill(0xee);
    return token;
  }

  /** Every token must have exactly one outcome once the deadline is past, and no timer may be left. */
  end(): void {
    this.clock.advance(DEADLINE + TICK);
    const tokens = Array.from({ length: this.#last }, (_, at) => at + 1);
    assertEquals(tokens.filter((token) => this.recorder.outcome(token) === undefined), []);
    assertEquals(this.clock.running, 0, "timers");
  }
}
