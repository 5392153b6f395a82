/**
 * The program on a machine whose clock is wrong, as far as the program can see (libfaketime): a router
 * without a battery after it was switched on, and what happens when somebody sets its clock.
 */

import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { RELEASED } from "../../lib/app/version.ts";
import { createAuthority, daysFromNow, type Identity, pinOfPem } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import type { Message } from "../helpers/message.ts";
import { type Program, runProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { PEER_NAME, peerTest, peerTrust } from "../helpers/real_peer.ts";
import { startUnbound } from "../helpers/real_servers.ts";
import { startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { WrongClock } from "../helpers/wrong_clock.ts";

const BUILT = new Date(RELEASED).toISOString().slice(0, 10);
const NEEDED = ["faketime"];
const STARTS = ["1970-01-01T00:00:10Z", "2019-05-01T12:00:00Z"];
const NTP = "?before-time-sync=ntp.example";

async function ask(program: Program, name: string): Promise<Message> {
  using client = new UdpClient(program.address);
  return await client.ask(buildQuery(name, { edns: true }));
}

function textOf(reply: Message): string {
  return reply.extendedErrors.find(({ code }) => code === 23)?.text ?? "";
}

async function start(
  upstream: ScriptedUpstream,
  clock: WrongClock,
  option = "",
  args: string[] = [],
): Promise<Program> {
  const uri = `${upstream.uri}#${UPSTREAM_NAME}${option}`;
  const { authority } = await trust();
  return await startWithUpstreams([uri], authority, { prefix: clock.prefix, args });
}

/** Asks for new names until one is answered; how many milliseconds that took. */
async function recovery(program: Program): Promise<number> {
  const start = performance.now();
  for (let round = 0; performance.now() - start < 10_000; round++) {
    if ((await ask(program, `again${round}.example`)).rcode === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - start;
}

for (const date of STARTS) {
  peerTest(
    NEEDED,
    `Forwarder says that the clock is wrong, and recovers when it is set: ${date}`,
    async () => {
      await using clock = await WrongClock.at(new Date(date));
      await using upstream = new ScriptedUpstream({ identity: (await trust()).identity });
      await using program = await start(upstream, clock);
      const day = date.slice(0, 10);
      assertStringIncludes(
        program.stderr,
        `Warning: This machine's clock says ${day}, before this program was built (${BUILT}): ` +
          "certificates cannot be checked until it is set\n",
      );
      for (let round = 0; round < 3; round++) {
        const reply = await ask(program, `www${round}.example`);
        assertEquals(reply.rcode, 2);
        assertEquals(textOf(reply), `upstream: this machine's clock is wrong: it says ${day}`);
      }
      assertEquals(program.stderr.split("Cannot reach upstream").length - 1, 1, program.stderr);
      await clock.setRight();
      assertLess(await recovery(program), 2500);
      assertEquals(upstream.queries.filter(({ name }) => name.startsWith("www")), []);
      await waitUntil(() => program.stderr.includes("now: certificates can be checked"), "line");
    },
  );

  peerTest(
    NEEDED,
    `Forwarder asks for the time servers before the clock is set, and then for all on another connection: ${date}`,
    async () => {
      await using clock = await WrongClock.at(new Date(date));
      await using upstream = new ScriptedUpstream({ identity: (await trust()).identity });
      await using program = await start(upstream, clock, NTP);
      assertEquals((await ask(program, "NTP.example")).rcode, 0);
      assertEquals((await ask(program, "www.example")).rcode, 2);
      assertEquals((await ask(program, "ntp.example")).rcode, 0);
      const names = upstream.queries.map(({ name }) => name.toLowerCase());
      assertEquals(names, ["ntp.example", "ntp.example"]);
      const { connection } = upstream.queries[0];
      await clock.setRight();
      assertLess(await recovery(program), 2500);
      await waitUntil(() => connection.finished, "end of the first connection");
      const later = upstream.queries.slice(2);
      assert(later.length > 0 && later.every((query) => query.connection !== connection));
    },
  );
}

peerTest(
  NEEDED,
  "Forwarder asks nobody for a time server whose certificate has expired once the clock is set",
  async () => {
    await using clock = await WrongClock.at(new Date(STARTS[1]));
    const expired = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) };
    const { authority } = await trust();
    const identity = await authority.issue({ dnsNames: [UPSTREAM_NAME], ...expired });
    await using upstream = new ScriptedUpstream({ identity });
    await using program = await start(upstream, clock, NTP);
    assertEquals((await ask(program, "ntp.example")).rcode, 0);
    await clock.setRight();
    await waitUntil(() => program.stderr.includes("certificates can be checked"), "line");
    const reply = await ask(program, "ntp.example");
    assertEquals(reply.rcode, 2);
    assertMatch(textOf(reply), /certificate expired/);
    assertEquals(upstream.queries.length, 1);
  },
);

peerTest(
  NEEDED,
  "Forwarder still wants name, authority and pin while the clock is wrong",
  async () => {
    const { authority, identity } = await trust();
    const other = await authority.issue({ dnsNames: ["other.example"] });
    const unknown = await createAuthority();
    const stranger = await unknown.issue({ dnsNames: [UPSTREAM_NAME] });
    const pin = `&pin=${await pinOfPem(other.cert)}`;
    const cases: [Identity, string, RegExp][] = [
      [other, NTP, /another name/],
      [stranger, NTP, /unknown authority/],
      [identity, NTP + pin, /matches no pin/],
    ];
    for (const [shown, option, text] of cases) {
      await using clock = await WrongClock.at(new Date(STARTS[1]));
      await using upstream = new ScriptedUpstream({ identity: shown });
      await using program = await start(upstream, clock, option);
      const reply = await ask(program, "ntp.example");
      assertEquals(reply.rcode, 2);
      assertMatch(textOf(reply), text);
      assertEquals(upstream.queries.length, 0);
    }
  },
);

peerTest(
  NEEDED,
  "Forwarder remembers the time in its state directory, and takes no earlier clock for right",
  async () => {
    const { identity } = await trust();
    await using upstream = new ScriptedUpstream({ identity });
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-state-" });
    const file = `${folder}/last-known-time`;
    const args = ["--state-dir", folder];
    try {
      await using right = await WrongClock.at(daysFromNow(20));
      await using first = await start(upstream, right, "", args);
      assertEquals((await ask(first, "www.example")).rcode, 0);
      await waitUntil(() => fileText(file) !== "", "file");
      await first.stop();
      const kept = fileText(file);
      assertEquals(kept.slice(0, 10), daysFromNow(20).toISOString().slice(0, 10));

      await using wrong = await WrongClock.at(daysFromNow(-2));
      await using second = await start(upstream, wrong, "", args);
      assertMatch(
        second.stderr,
        /This machine's clock says \S+, before it was last known to be right \(/,
      );
      await ask(second, "www.example");
      await second.stop();
      assertEquals(fileText(file), kept, "no certificate was verified");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  NEEDED,
  "Forwarder that remembers a time in the future by mistake works all the same",
  async () => {
    const { identity } = await trust();
    await using upstream = new ScriptedUpstream({ identity });
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-state-" });
    const file = `${folder}/last-known-time`;
    try {
      await Deno.writeTextFile(file, "2099-01-01T00:00:00.000Z\n");
      await using clock = await WrongClock.at(new Date());
      await using program = await start(upstream, clock, NTP, ["--state-dir", folder]);
      assertStringIncludes(program.stderr, "last known to be right (2099-01-01)");
      assertEquals((await ask(program, "www.example")).rcode, 0);
      assertEquals((await ask(program, "ntp.example")).rcode, 0);
      await waitUntil(() => program.stderr.includes("going on with it"), "line");
      await program.stop();
      assertEquals(fileText(file).slice(0, 10), new Date().toISOString().slice(0, 10));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  ["faketime", "unbound"],
  "Forwarder asks unbound for the time servers before the clock is set, by its name or pin",
  async () => {
    await using unbound = await startUnbound();
    const { authority, identity } = await peerTrust();
    const option = "before-time-sync=one.example";
    const uris = [
      `tls://127.0.0.1:${unbound.port}#${PEER_NAME}?${option}`,
      `tls://127.0.0.1:${unbound.port}?pin=${await pinOfPem(identity.cert)}&${option}`,
    ];
    for (const uri of uris) {
      await using clock = await WrongClock.at(new Date(STARTS[0]));
      await using program = await startWithUpstreams([uri], authority, { prefix: clock.prefix });
      const reply = await ask(program, "one.example");
      assertEquals([reply.rcode, reply.answers.length > 0], [0, true], uri);
    }
  },
);

peerTest(NEEDED, "dnsfwd doctor and query say that the clock is wrong", async () => {
  const { authority, identity } = await trust();
  await using upstream = new ScriptedUpstream({ identity });
  await using clock = await WrongClock.at(new Date(STARTS[1]));
  const caFile = await Deno.makeTempFile({ prefix: "dnsfwd-", suffix: ".pem" });
  try {
    await Deno.writeTextFile(caFile, authority.pem);
    const uri = `${upstream.uri}#${UPSTREAM_NAME}`;
    const options = { prefix: clock.prefix };
    const doctor = await runProgram(["doctor", "--idle", "0", "--ca", caFile, uri], options);
    assertEquals(doctor.code, 1);
    assertMatch(
      doctor.stdout,
      /^Clock +This machine's clock says 2019-05-01, before this program/m,
    );
    assertMatch(doctor.stdout, /^Verification +failed: this machine's clock is wrong/m);
    const query = await runProgram(
      ["query", "a.example", "--ca", caFile, "--upstream", uri],
      options,
    );
    assertEquals(query.code, 1);
    assertMatch(
      query.stderr,
      /this machine's clock is wrong: it says 2019-05-01, before this program/,
    );
  } finally {
    await Deno.remove(caFile);
  }
});

function fileText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
