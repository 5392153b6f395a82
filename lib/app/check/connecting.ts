/** Whether upstreams work: each is connected to, as the forwarder does, and asked one question. */

import { type Clock, systemClock } from "../../base/clock.ts";
import { ClockFloor } from "../../base/clock_floor.ts";
import type { Logger } from "../../base/log.ts";
import { headerRcode, Rcode } from "../../dns/header.ts";
import { rcodeName } from "../../dns/rcode_name.ts";
import { DialError } from "../../net/dial_error.ts";
import { type Prepared, prepareUpstreams } from "../prepared_upstreams.ts";
import { Conversation, SilenceError } from "../query/conversation.ts";
import { makeQuery } from "../query/query_message.ts";
import { UpstreamRecords } from "../report/upstream_records.ts";
import { Limit } from "../settings/config.ts";
import type { RunCommand } from "../settings/command.ts";
import { StateDirectory } from "../state_directory.ts";
import { trustOnly } from "../tls_settings.ts";
import { RELEASED } from "../version.ts";
import type { Findings } from "./findings.ts";

/** What came of one upstream. */
export interface Trial {
  readonly upstream: string;
  /** Why it does not work; undefined if it does. */
  readonly problem: string | undefined;
  /** Milliseconds until it was connected to, TLS included, and from there to its response; if it came so far. */
  readonly connected: number | undefined;
  readonly answered: number | undefined;
}

const SILENT: Logger = { debug() {}, info() {}, warning() {}, error() {} };
/** The root's name servers (NS), which every resolver knows. */
const ROOT_SERVERS = { name: new Uint8Array(1), type: 2 };

/**
 * Tries all upstreams at a time. The settings must be good. What does not work is a warning among `findings`
 * while another works, else what this machine does not let us do.
 */
export async function tryConnecting(
  { caFiles, config }: Pick<RunCommand, "caFiles" | "config">,
  findings: Findings,
): Promise<readonly Trial[]> {
  const context = {
    config: {
      ...config,
      caCerts: trustOnly(caFiles),
      stateDirectory: undefined,
      isStateWanted: false,
    },
    clock: systemClock,
    floor: new ClockFloor({ built: RELEASED, wall: Date.now }),
    state: new StateDirectory(undefined, SILENT),
    records: new UpstreamRecords(),
  };
  const prepared = prepareUpstreams(context, () => SILENT);
  const trials = await Promise.all(prepared.map((each) => tryUpstream(each, systemClock)));
  const works = trials.some(({ problem }) => problem === undefined);
  for (const { problem, upstream } of trials) {
    if (problem === undefined) continue;
    (works ? findings.warnings : findings.machine).push(`Upstream ${upstream}: ${problem}`);
  }
  return trials;
}

async function tryUpstream({ dialer, name, target }: Prepared, clock: Clock): Promise<Trial> {
  const started = clock.now();
  let connected: number | undefined;
  const trial = (problem?: string, answered?: number): Trial => ({
    upstream: name,
    problem,
    connected,
    answered,
  });
  try {
    const conversation = new Conversation(await dialer.dial());
    const asked = clock.now();
    connected = asked - started;
    try {
      const id = crypto.getRandomValues(new Uint16Array(1))[0];
      const query = makeQuery(ROOT_SERVERS, id, { isPadded: target.transport === "tls" });
      const { message } = await conversation.ask(query, Limit.DEADLINE);
      return trial(refusal(message), clock.now() - asked);
    } finally {
      conversation.close();
    }
  } catch (error) {
    if (error instanceof DialError) return trial(error.message + error.detail);
    if (error instanceof SilenceError) return trial(`connected, but ${error.message}`);
    throw error;
  }
}

/** What a response says of a server that does not resolve for us; undefined if it does. */
function refusal(message: Uint8Array): string | undefined {
  const rcode = headerRcode(message);
  if (rcode !== Rcode.SERVFAIL && rcode !== Rcode.REFUSED) return undefined;
  return `connected, but it answers ${rcodeName(rcode)} when asked for the root's name servers`;
}
