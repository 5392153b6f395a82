/** The command `query`: asks upstreams one question, as the forwarder would, and prints the answers. */

import { ClockFloor } from "../../base/clock_floor.ts";
import type { Target } from "../../net/dial.ts";
import { DialError } from "../../net/dial_error.ts";
import { Dialer, type DialerOptions } from "../../net/dialer.ts";
import type { QueryCommand } from "../settings/command.ts";
import { readIdentity } from "../pem_files.ts";
import { writeLine } from "../standard_error.ts";
import { checkKeyLog, trustOnly } from "../tls_settings.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import { RELEASED } from "../version.ts";
import { Conversation, SilenceError } from "./conversation.ts";
import { askInForms, type EdnsForm, REJECTED } from "./edns_form.ts";
import { messageText } from "./message_text.ts";
import { makeQuery } from "./query_message.ts";
import { parseQuestion, type Question } from "./question.ts";

/** Milliseconds for connecting, and again for the answer: as patient as `dig`. */
const TIMEOUT = 5000;

/** Asks each upstream in turn; returns the exit code: 0 if any responded. */
export async function runQueryCommand(command: QueryCommand): Promise<number> {
  const question = parseQuestion(command.words);
  checkKeyLog(false);
  const caCerts = trustOnly(command.caFiles);
  const floor = new ClockFloor({ built: RELEASED, wall: Date.now });
  const options = { timeout: TIMEOUT, caCerts, bootstrap: command.bootstrap, floor };
  let responses = 0;
  for (const [index, target] of command.upstreams.entries()) {
    if (index > 0) console.log("");
    const text = await answerText(target, question, options);
    if (text === undefined) continue;
    console.log(text);
    responses++;
  }
  return responses > 0 ? 0 : 1;
}

/** What an upstream says, or undefined, and then standard error has the reason. */
async function answerText(
  target: Target,
  question: Question,
  options: DialerOptions,
): Promise<string | undefined> {
  const dialer = new Dialer(target, { ...options, ...readIdentity(target, options.caCerts) });
  try {
    const started = performance.now();
    const stream = await dialer.dial();
    const opened = performance.now();
    const isPadded = target.transport === "tls";
    const make = (form: EdnsForm) => makeQuery(question, randomId(), { isPadded, form });
    const { form, message, sent, time } = await askOnce(new Conversation(stream), make);
    const text = messageText(message);
    if (text === undefined) throw new SilenceError("the response is malformed");
    const server = `${formatTarget(target)}${via(target, stream.remoteHost)}`;
    const note = form === "options" ? "" : `;; ${REJECTED[form]}\n`;
    return `${text}
${note};; Query time: ${milliseconds(time - sent)} (and ${
      milliseconds(opened - started)
    } to connect)
;; SERVER: ${server}
;; MSG SIZE  rcvd: ${message.length}`;
  } catch (error) {
    if (!(error instanceof DialError || error instanceof SilenceError)) throw error;
    const detail = error instanceof DialError ? error.detail : "";
    writeLine(`dnsfwd: No answer from ${formatTarget(target)}: ${error.message}${detail}`);
    return undefined;
  }
}

async function askOnce(conversation: Conversation, make: (form: EdnsForm) => Uint8Array) {
  try {
    return await askInForms(conversation, make, TIMEOUT);
  } finally {
    conversation.close();
  }
}

/** The address, where the upstream was given by name. */
function via(target: Target, remoteHost: string): string {
  if (target.transport === "unix" || target.hostname === remoteHost) return "";
  return ` (${remoteHost})`;
}

function milliseconds(duration: number): string {
  return `${duration.toFixed(duration < 10 ? 1 : 0)} msec`;
}

function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0];
}
