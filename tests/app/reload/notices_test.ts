/** What the program says of itself in replies, after another configuration. */

import { assertEquals } from "@std/assert";
import { type Forwarder, startForwarder } from "../../../lib/app/forwarder.ts";
import { UdpClient } from "../../helpers/client.ts";
import { OPTION, textOption } from "../../helpers/edns.ts";
import { RCODE, TYPE } from "../../helpers/message.ts";
import { buildQuery } from "../../helpers/query.ts";
import { runConfig } from "../../helpers/run_config.ts";

const QUIET = { debug() {}, info() {}, warning() {}, error() {} };
const UPSTREAM = ["--upstream", "tcp://127.0.0.1:9", "--udp-io", "plain"];

async function ask(forwarder: Forwarder, name: string) {
  const [{ hostname, port }] = forwarder.addresses;
  using client = new UdpClient({ transport: "udp", hostname, port });
  const edns = { options: [textOption(OPTION.NSID, "")] };
  const reply = await client.ask(buildQuery(name, { type: TYPE.TXT, edns }));
  const nsid = reply.opts[0].options.find(({ code }) => code === OPTION.NSID);
  return [reply.rcode, reply.answers.length, nsid && new TextDecoder().decode(nsid.data)];
}

Deno.test("A reload changes the name of readiness and who the program says it is, and keeps whether it is ready", async () => {
  const config = (...args: string[]) =>
    runConfig(["--listen", "127.0.0.1:0", ...UPSTREAM, ...args]);
  const forwarder = startForwarder(config("--ready-name", "one.test"), { log: QUIET });
  try {
    assertEquals(await ask(forwarder, "one.test"), [RCODE.SERVFAIL, 0, undefined]);
    forwarder.tellReadiness([]);
    assertEquals(await ask(forwarder, "one.test"), [RCODE.NOERROR, 1, undefined]);
    await forwarder.reload(config("--ready-name", "two.test", "--nsid", "--identity", "box"));
    assertEquals(await ask(forwarder, "two.test"), [RCODE.NOERROR, 1, "box"]);
    forwarder.tellReadiness(["Draining: ends in 3 s"]);
    await forwarder.reload(config("--ready-name", "three.test", "--identity", "box"));
    assertEquals(await ask(forwarder, "three.test"), [RCODE.SERVFAIL, 0, undefined]);
  } finally {
    await forwarder.stop();
  }
});
