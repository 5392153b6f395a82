import { assert, assertEquals } from "@std/assert";
import { keepaliveTimeout } from "../../lib/dns/keepalive.ts";
import {
  extendedErrorOption,
  keepalive,
  OPTION,
  optRecord,
  padding,
  textOption,
} from "../helpers/edns.ts";
import { buildMessage, FLAG, type Message, parseMessage, TYPE } from "../helpers/message.ts";
import { nameOctets } from "../helpers/name.ts";
import {
  addressRecord,
  addressRecords,
  buildQuery,
  buildResponse,
  type ResponseInput,
} from "../helpers/query.ts";
import { hostile } from "./random_octets.ts";

const NAME = "www.example";
const END = 12 + nameOctets(NAME).length + 4;
const QUERY = parseMessage(buildQuery(NAME, { edns: true }));

function response(input: ResponseInput = {}): Uint8Array<ArrayBuffer> {
  return buildResponse(QUERY, input);
}

/** A response with these options. */
function withOptions(...options: ReturnType<typeof keepalive>[]): Uint8Array<ArrayBuffer> {
  return response({ edns: { options } });
}

Deno.test("keepaliveTimeout() is the timeout of the response in milliseconds (RFC 7828, 3.1; KA-05)", () => {
  for (const units of [0, 1, 30, 300, 0x1234, 0xffff]) {
    assertEquals(keepaliveTimeout(withOptions(keepalive(units)), END), units * 100);
  }
});

Deno.test("keepaliveTimeout() finds the option among others, and OPT among other records", () => {
  const options = [extendedErrorOption(3, "stale"), keepalive(30), padding(300)];
  const soa = {
    name: "example",
    type: TYPE.SOA,
    data: [{ name: "ns.example" }, { name: "h.example" }, new Uint8Array(20)],
  };
  const others = [addressRecord("ns.example"), addressRecord("www.ns.example", 2)];
  const inputs: ResponseInput[] = [
    { edns: { options } },
    { edns: { options }, answers: [], authorities: [soa], rcode: 3 },
    { edns: { options }, answers: addressRecords(NAME, 4000) },
    { edns: { options }, answers: addressRecords(NAME, 40), compress: false },
    { edns: { options }, additionals: others },
    { edns: false, additionals: [optRecord({ options }), ...others] },
    { edns: { options }, questions: [], answers: [], rcode: 2 },
  ];
  for (const [number, input] of inputs.entries()) {
    assertEquals(keepaliveTimeout(response(input), END), 3000, `response ${number}`);
  }
});

Deno.test("keepaliveTimeout() is -1 without the option", () => {
  const cases: [string, Uint8Array][] = [
    ["no OPT", response({ edns: false })],
    ["no OPT, other records", response({ edns: false, additionals: [addressRecord("a.example")] })],
    ["no option", response()],
    ["other options", withOptions(padding(11), textOption(OPTION.COOKIE, "12345678"))],
    ["an option as queries have it", withOptions(keepalive())],
    ["one octet", withOptions(textOption(OPTION.KEEPALIVE, "\x01"))],
    ["three octets", withOptions(textOption(OPTION.KEEPALIVE, "\x01\x02\x03"))],
    [
      "OPT that is none: it has an owner",
      response({ edns: { owner: "x", options: [keepalive(30)] } }),
    ],
    [
      "OPT among the answers",
      response({ edns: false, answers: [optRecord({ options: [keepalive(30)] })] }),
    ],
    ["an option that runs over the end", response({ edns: { data: Uint8Array.of(0, 11, 0, 2) } })],
  ];
  for (const [what, octets] of cases) assertEquals(keepaliveTimeout(octets, END), -1, what);
});

Deno.test("keepaliveTimeout() is -1 for a response that is cut off anywhere", () => {
  const whole = response({ edns: { options: [padding(5), keepalive(30)] } });
  for (let length = END; length < whole.length; length++) {
    assertEquals(keepaliveTimeout(whole.slice(0, length), END), -1, `${length} octets`);
  }
});

/** What the helpers read, which share no code with what is tested; undefined if they cannot. */
function expected(octets: Uint8Array): number | undefined {
  let message: Message;
  try {
    message = parseMessage(octets);
  } catch {
    return undefined;
  }
  const [opt, ...more] = message.opts;
  if (!opt || more.length > 0 || opt.owner !== "." || message.questions.length > 1) {
    return undefined;
  }
  const option = opt.options.find(({ code }) => code === OPTION.KEEPALIVE);
  if (!option || option.data.length !== 2) return -1;
  return 100 * (option.data[0] * 256 + option.data[1]);
}

Deno.test("keepaliveTimeout() never throws, and reads what there is, whatever octets come", () => {
  const edns = { options: [padding(3), keepalive(30)] };
  const seeds = [
    response({ edns }),
    response({ edns, additionals: [addressRecord("ns.example")] }),
    buildMessage({ flags: FLAG.QR, additionals: [optRecord(edns)] }),
  ];
  let found = 0;
  for (const octets of hostile(7, seeds, 20_000)) {
    if (octets.length < 12) continue;
    const timeout = keepaliveTimeout(octets, END);
    assert(timeout === -1 || (timeout >= 0 && timeout <= 6_553_500), `${timeout}`);
    const wanted = expected(octets);
    // A changed question ends elsewhere, and is not the one asked.
    if (wanted === undefined || !isAsked(octets)) continue;
    assertEquals(timeout, wanted);
    if (timeout >= 0) found++;
  }
  assert(found > 1000, `only ${found} timeouts were read`);
});

function isAsked(octets: Uint8Array): boolean {
  const [question] = parseMessage(octets).questions;
  return question === undefined || question.name === NAME;
}
