/**
 * `check --ready`: whether the running instance is ready for clients, for those who send clients to it. It is asked
 * over its control socket, and over DNS at the addresses themselves, as an instance that is well may be out of
 * reach.
 */

import { HEADER_LENGTH, headerRcode, Rcode } from "../../dns/header.ts";
import { rcodeName } from "../../dns/rcode_name.ts";
import { type Address, formatAddress, isIpv4, isWildcard } from "../../net/address.ts";
import { tell, tellError, told } from "../command_output.ts";
import { askInstance, NoAnswer, NoInstance } from "../instance/control_client.ts";
import type { Reply } from "../instance/control_protocol.ts";
import { prepareLocks } from "../instance/lock_file.ts";
import { directoryToAsk } from "../instance/running_instance.ts";
import { printable } from "../printable.ts";
import { extendedErrorTexts } from "../query/edns_text.ts";
import { nameOnWire } from "../host_name.ts";
import { makeQuery } from "../query/query_message.ts";
import type { CheckCommand } from "../settings/command.ts";
import { parseListen } from "../settings/listen_address.ts";
import { reasonOf } from "../system_error.ts";

/** Milliseconds for the control socket, and for DNS: with the start of this program less than a second. */
const CONTROL_TIME = 400;
const DNS_TIME = 400;
/** Milliseconds after which a datagram is sent again. */
const AGAIN = 150;
/** Milliseconds for the line to where it is read. */
const TELL_TIME = 100;
const TYPE_TXT = 16;
const STATUS = 2 << 3;
/** The settings that count here; that others are wrong is no matter of the instance that runs. */
const OWN_SETTINGS = /(^|[-\s.])(listen|runtime-dir|ready-name|ready|name)$/;

/** Returns the exit code: 0 ready, 1 not, 2 wrong usage. One line says why. */
export async function runReadyCheck(command: CheckCommand): Promise<number> {
  const wrong = command.errors.filter(({ setting }) => OWN_SETTINGS.test(setting));
  for (const { message } of wrong) tellError(`dnsfwd: ${message}`);
  const code = wrong.length > 0 ? 2 : await readiness(command);
  await told(TELL_TIME);
  return code;
}

async function readiness(command: CheckCommand): Promise<number> {
  prepareLocks();
  const problem = await problemOf(command);
  if (problem === undefined) tell("Ready");
  else tellError(`dnsfwd: Not ready: ${printable(problem)}`);
  return problem === undefined ? 0 : 1;
}

/** Why it is not ready, in one line; undefined: it is. */
async function problemOf(command: CheckCommand): Promise<string | undefined> {
  const { isListenTyped, run } = command;
  const { health: { readyName }, listen } = run.config;
  const isNamed = isListenTyped && readyName !== undefined;
  // At once, as each may take all the time it has.
  const [reply, problem] = await Promise.all([
    askReadiness(run.runtimeDirectory),
    isNamed ? problemOverDns(listen, readyName.slice()) : undefined,
  ]);
  // Who may not ask over the socket, as another user or in another container, still has DNS.
  if (typeof reply === "string") return isNamed ? problem : reply;
  if (reply.ready === false) return reasonsOf(reply);
  const addresses = isListenTyped ? listen : addressesOf(reply);
  return await problemOverDns(addresses, nameOnWire(reply.readyName ?? ""));
}

/** Its reply, or why there is none. */
async function askReadiness(directory: string | undefined): Promise<Reply | string> {
  try {
    const reply = await askInstance(
      directoryToAsk("check --ready", directory),
      "ready",
      CONTROL_TIME,
    );
    return reply.ok ? reply : reply.error ?? "it does not say whether it is ready";
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof NoInstance) return error.message;
    throw error;
  }
}

function reasonsOf({ notReady }: Reply): string {
  const texts = Array.isArray(notReady) ? notReady.filter((each) => typeof each === "string") : [];
  return texts.length === 0 ? "it does not say why" : texts.join("; ");
}

function addressesOf({ addresses = [] }: Reply): Address[] {
  return addresses.map((text) => parseListen(text));
}

/** The first problem that any of the addresses has; `name` is the one that tells, if there is one. */
async function problemOverDns(
  addresses: readonly Address[],
  name: Uint8Array<ArrayBuffer> | undefined,
): Promise<string | undefined> {
  const query = name ? makeQuery({ name, type: TYPE_TXT }, 0, { isPadded: false }) : statusQuery();
  const problems = await Promise.all(
    addresses.map((each) => problemAt(each, query.slice(), name !== undefined)),
  );
  return problems.find((each) => each !== undefined);
}

async function problemAt(
  address: Address,
  query: Uint8Array,
  isNamed: boolean,
): Promise<string | undefined> {
  const where = formatAddress(address);
  const reply = await askOnce(reachable(address), query);
  if (typeof reply === "string") return `${reply} on ${where} (UDP)`;
  if (!isNamed) return undefined;
  const rcode = headerRcode(reply);
  if (rcode === Rcode.NOERROR) {
    const hasAnswer = reply[7] > 0;
    return hasAnswer ? undefined : `another server answers on ${where}`;
  }
  if (rcode !== Rcode.SERVFAIL) return `${rcodeName(rcode)} on ${where}`;
  const texts = extendedErrorTexts(reply);
  return texts.length > 0 ? texts.join("; ") : `SERVFAIL on ${where}`;
}

/** The reply to `query`, to which an ID is given; or why there is none. */
async function askOnce(
  { hostname, port }: Address,
  query: Uint8Array,
): Promise<Uint8Array | string> {
  crypto.getRandomValues(query.subarray(0, 2));
  let socket: Deno.DatagramConn;
  try {
    const any = isIpv4(hostname) ? "0.0.0.0" : "::";
    socket = Deno.listenDatagram({ transport: "udp", hostname: any, port: 0 });
  } catch (error) {
    return `cannot ask (${reasonOf(error)})`;
  }
  const send = () =>
    socket.send(query, { transport: "udp", hostname, port }).catch(() => {/* the limit tells */});
  const again = setInterval(send, AGAIN);
  const limit = setTimeout(() => socket.close(), DNS_TIME);
  try {
    send();
    for (;;) {
      const [message] = await socket.receive();
      const isReply = message.length >= HEADER_LENGTH && message[0] === query[0] &&
        message[1] === query[1] && (message[2] & 0x80) !== 0;
      if (isReply) return message;
    }
  } catch {
    return "no answer";
  } finally {
    clearInterval(again);
    clearTimeout(limit);
    closed(socket);
  }
}

function closed(socket: Deno.DatagramConn): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** A header alone, to which dnsfwd replies with NOTIMP. */
function statusQuery(): Uint8Array {
  const query = new Uint8Array(HEADER_LENGTH);
  query[2] = STATUS;
  return query;
}

/** A socket for every address of the machine is asked at the one that is always there. */
function reachable({ hostname, port }: Address): Address {
  if (!isWildcard(hostname)) return { hostname, port };
  return { hostname: isIpv4(hostname) ? "127.0.0.1" : "::1", port };
}
