/** kdig as client: sizes, versions, DNSSEC, several queries on one connection. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { kdig, run } from "../helpers/digging.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";

peerTest(
  ["unbound"],
  "kdig gets a large answer whole over TCP, and over UDP a truncated one within its size",
  async () => {
    await using unbound = await startUnbound();
    await using program = await startForwarder(unbound.port);
    const { port } = program.address;
    const direct = await kdig(unbound.port, "+tls", "large.example", "TXT");
    for (const size of [512, 1232, 4096]) {
      const cut = await kdig(port, "+ignore", `+bufsize=${size}`, "large.example", "TXT");
      assert(cut.flags.includes("tc"), `TC at ${size}`);
      assert(cut.size <= Math.min(size, 1232), `size at ${size}`);
      assertMatch(cut.edns, /Version: 0/, `OPT at ${size}`);
      const whole = await kdig(port, `+bufsize=${size}`, "large.example", "TXT");
      assertEquals(whole.answers, direct.answers, `after TC at ${size}`);
    }
    const stream = await kdig(port, "+tcp", "large.example", "TXT");
    assertEquals(stream.answers, direct.answers);
    assert(stream.size > 1650);
  },
);

peerTest(["unbound"], "kdig gets BADVERS and version 0 for EDNS version 1", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  for (const transport of ["+notcp", "+tcp"]) {
    const answer = await kdig(program.address.port, transport, "+edns=1", "one.example");
    assertEquals(answer.status, "BADVERS");
    assertEquals(answer.answers, []);
    assertMatch(answer.edns, /Version: 0; .*ext-rcode: BADVERS/);
  }
});

peerTest(["unbound"], "kdig gets no padding, though unbound pads on TLS (RFC 7830)", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  const padded = await kdig(unbound.port, "+tls", "+padding", "one.example");
  assertMatch(padded.edns, /PADDING/);
  for (const transport of ["+notcp", "+tcp"]) {
    const answer = await kdig(program.address.port, transport, "+padding", "one.example");
    assertEquals(answer.edns.includes("PADDING"), false);
    assertEquals(answer.answers, padded.answers);
  }
});

peerTest(["unbound"], "kdig asks several questions on one TCP connection (RFC 7766)", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  const names = Array.from({ length: 20 }, (_, i) => `x${i}.many.example`);
  const args = ["+retry=0", "+tcp", "+keepopen", ...names];
  const text = await run("kdig", args, program.address.port);
  const answers = text.match(/^x\d+\.many\.example\.\s+300\s+IN\s+A\s+192\.0\.2\.7$/gm) ?? [];
  assertEquals(answers.length, names.length);
});
