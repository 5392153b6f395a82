/** The command `check`, as a user runs it: what is said, where, and the exit code. */

import { freePort } from "../helpers/real_peer.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createAuthority, daysFromNow } from "../helpers/certificate.ts";
import { type Exit, runProgram, startProgram } from "../helpers/program.ts";

const LISTEN = ["--listen", "127.0.0.1:0"];
const UPSTREAM = ["--upstream", "tcp://127.0.0.1:9"];

function check(...args: string[]): Promise<Exit> {
  return runProgram(["check", ...args]);
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-check-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("dnsfwd check says what would be used, and leaves nothing behind", async () => {
  await withFolder(async (folder) => {
    const state = `${folder}/state/below`;
    const exit = await check(...LISTEN, ...UPSTREAM, "--state-dir", state);
    assertEquals(exit, {
      code: 0,
      stdout: "OK: no configuration file\n" +
        "Listens on: 127.0.0.1:0\n" +
        "Forwards to: tcp://127.0.0.1:9\n" +
        `State directory: ${state}\n`,
      stderr: "",
    });
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("dnsfwd check does not say that it listens on an address which this machine lacks", async () => {
  const addresses = ["127.0.0.1:0", "192.0.2.77:5300"].flatMap((each) => ["--listen", each]);
  const metrics = ["--metrics", "192.0.2.77:5301"];
  const exit = await check(...addresses, ...metrics, ...UPSTREAM, "--state-dir", "none");
  assertEquals(exit.code, 0);
  assertStringIncludes(exit.stdout, "Listens on: 127.0.0.1:0, 192.0.2.77:5300 (not now)\n");
  assertStringIncludes(exit.stdout, "Metrics: http://192.0.2.77:5301/metrics (not now)\n");
});

Deno.test("dnsfwd check finds all that is wrong at once: settings, files, addresses", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/dnsfwd.toml`;
    const text = `listen = [
  "127.0.0.1:0",
  "192.0.2.77:5300",
]
lisen = "x"
ca = "missing.pem"
upstream = ["tls://192.0.2.1?pin=x", "tls://192.0.2.2?ca=other.pem"]
state-dir = "dnsfwd.toml/state"
`;
    Deno.writeTextFileSync(file, text);
    const { code, stdout, stderr } = await check("--config", file);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr.trimEnd().split("\n").map((line) => line.replace(`dnsfwd: ${file}:`, "")), [
      "dnsfwd: Warning: " +
      `${file}:3: listen: Not listening on 192.0.2.77:5300 yet: this machine does ` +
      "not have that address; it is opened as soon as it comes",
      "5: lisen: unknown; did you mean listen?",
      `6: ca "${folder}/missing.pem": cannot be read: no such file; expected a file of certificates (PEM)`,
      '7: upstream "tls://192.0.2.1?pin=x": pin "x" is not sha256: and the SHA-256 of a public key ' +
      "in base64, 44 characters ending in =",
      `7: upstream, ca "${folder}/other.pem": cannot be read: no such file; expected a file of ` +
      "certificates (PEM)",
      `8: state-dir "${folder}/dnsfwd.toml/state": cannot be used: a part of the path is not a ` +
      "directory; expected a directory to write to, or none",
    ]);
  });
});

Deno.test("dnsfwd check has exit code 1 where only this machine is in the way: an address in use", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stdout, stderr } = await check(
    "--listen",
    `127.0.0.1:${taken.addr.port}`,
    ...UPSTREAM,
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(
    stderr,
    `Cannot listen on 127.0.0.1:${taken.addr.port} (TCP): the address is in use`,
  );
});

Deno.test("dnsfwd check looks for loops, as run does", async () => {
  const own = `127.0.0.1:${freePort()}`;
  const { code, stderr } = await check(
    "--listen",
    own,
    "--upstream",
    `tcp://${own}`,
  );
  assertEquals(code, 2);
  assertEquals(
    stderr,
    `dnsfwd: --upstream "tcp://${own}": dnsfwd itself listens there (--listen): it would ask itself\n`,
  );
});

Deno.test("dnsfwd check judges the dates of certificates: expired is wrong, 14 days or less a warning", async () => {
  await withFolder(async (folder) => {
    const write = (name: string, text: string) => {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    };
    const day = (date: Date) => date.toISOString().slice(0, 10);
    const [old, soon, good] = await Promise.all(
      [-1, 13, 15].map((days) =>
        createAuthority("Test", { notBefore: daysFromNow(-30), notAfter: daysFromNow(days) })
      ),
    );
    const args = [...LISTEN, ...UPSTREAM];
    const expired = await check(...args, "--ca", write("old.pem", old.pem));
    assertEquals(expired.code, 2);
    assertEquals(
      expired.stderr,
      `dnsfwd: --ca "${folder}/old.pem": the certificate expired on ${day(daysFromNow(-1))}\n`,
    );
    const ending = await check(...args, "--ca", write("soon.pem", soon.pem));
    assertEquals(ending.code, 0);
    assertEquals(
      ending.stderr,
      `dnsfwd: Warning: --ca "${folder}/soon.pem": the certificate expires on ${
        day(daysFromNow(13))
      }\n`,
    );
    // One that is good is enough.
    const both = await check(...args, "--ca", write("both.pem", old.pem + good.pem));
    assertEquals([both.code, both.stderr], [0, ""]);
    const { cert, key } = await good.issue({ dnsNames: ["me.example"], notAfter: daysFromNow(3) });
    write("cert.pem", cert);
    write("key.pem", key);
    const uri = `tls://192.0.2.1?cert=${folder}/cert.pem&key=${folder}/key.pem`;
    const ours = await check(...LISTEN, "--upstream", uri);
    assertEquals(ours.code, 0);
    assertStringIncludes(ours.stderr, `cert "${folder}/cert.pem": the certificate expires on`);
    write("key.pem", (await good.issue({ dnsNames: ["me.example"] })).key);
    const mixed = await check(...LISTEN, "--upstream", uri);
    assertEquals(mixed.code, 2);
    assert(mixed.stderr.includes("expected the private key (PEM, not encrypted)"));
  });
});

Deno.test("dnsfwd check lets its running instance have the addresses, and nobody else", async () => {
  await using program = await startProgram(["run", ...LISTEN, ...UPSTREAM]);
  const address = `127.0.0.1:${program.address.port}`;
  const options = ["--listen", address, ...UPSTREAM];
  const own = await check(...options, "--runtime-dir", program.runtimeDirectory);
  assertEquals([own.code, own.stderr], [0, ""]);
  const other = await check(...options);
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, `${address} (TCP): the address is in use`);
});
