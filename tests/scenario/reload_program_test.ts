/** SIGHUP: the program reads again what its command line names, long after it gave up most permissions. */

import { assertEquals, assertMatch } from "@std/assert";
import { type Authority, createAuthority } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { type Program, startProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { TlsFront } from "../helpers/tls_front.ts";
import { waitUntil } from "../helpers/waiting.ts";

const NAME = "upstream.test.example";
const DNS_NAMES = { dnsNames: [NAME] };
const LISTEN = ["--listen", "127.0.0.1:0"];

function lines(program: Program): string[] {
  return program.stderr.split("\n").filter((line) => / Configuration |Error: /.test(line))
    .map((line) => line.replace(/^\S+ \S+ /, ""));
}

/** Sends SIGHUP; what the log says of it. */
async function reload(program: Program): Promise<string> {
  const before = lines(program).length;
  program.signal("SIGHUP");
  await waitUntil(() => lines(program).length > before, "a line of the reload");
  return lines(program)[before];
}

async function rcodeOf(program: Program): Promise<number> {
  using client = new UdpClient(program.address);
  return (await client.ask(buildQuery(`${crypto.randomUUID()}.example`))).rcode;
}

class Folder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "dnsfwd-test-" });

  /** Writes a file; its path. */
  write(name: string, text: string): string {
    Deno.writeTextFileSync(`${this.path}/${name}`, text);
    return `${this.path}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

const TRUST = [
  { what: "--ca", args: (uri: string, ca: string) => ["--ca", ca, "--upstream", uri] },
  {
    what: "ca of an upstream",
    args: (uri: string, ca: string) => ["--upstream", `${uri}?ca=${ca}`],
  },
];

for (const { what, args } of TRUST) {
  Deno.test(`Forwarder trusts other authorities after SIGHUP, where the file of ${what} has others (E7)`, async () => {
    const authorities: [Authority, Authority] = [
      await createAuthority("1"),
      await createAuthority("2"),
    ];
    const [old, other] = await Promise.all(authorities.map((each) => each.issue(DNS_NAMES)));
    await using folder = new Folder();
    await using upstream = new ScriptedUpstream({ identity: old });
    const file = folder.write("ca.pem", authorities[0].pem);
    const uri = `${upstream.uri}#${NAME}`;
    await using program = await startProgram([...LISTEN, ...args(uri, file)]);
    assertEquals(await rcodeOf(program), 0);
    await upstream.refuse();
    upstream.listen(other);
    for (const connection of upstream.connections) await connection.close();
    await waitUntil(() => upstream.connections.every(({ finished }) => finished), "the end");
    assertEquals(await rcodeOf(program), 2);
    folder.write("ca.pem", authorities[1].pem);
    const line = await reload(program);
    assertMatch(line, /^Configuration reloaded: .*new connections to upstreams$/);
    assertEquals(await rcodeOf(program), 0);
  });
}

Deno.test("Forwarder keeps its configuration on SIGHUP where a file is no good, and says so (E7)", async () => {
  const authority = await createAuthority();
  await using folder = new Folder();
  await using upstream = new ScriptedUpstream({ identity: await authority.issue(DNS_NAMES) });
  const file = folder.write("ca.pem", authority.pem);
  const uri = `${upstream.uri}#${NAME}`;
  await using program = await startProgram([...LISTEN, "--ca", file, "--upstream", uri]);
  assertEquals(await rcodeOf(program), 0);
  const refused = "Error: Configuration not reloaded, going on with the old one: --ca";
  await Deno.remove(file);
  assertEquals(
    await reload(program),
    `${refused} "${file}": cannot be read: no such file; expected a file of certificates (PEM)`,
  );
  folder.write("ca.pem", "");
  assertEquals(
    await reload(program),
    `${refused} "${file}": the file is empty`,
  );
  assertEquals(await rcodeOf(program), 0);
  assertEquals(upstream.connections.length, 1);
  folder.write("ca.pem", authority.pem);
  assertMatch(
    await reload(program),
    /: addresses and upstreams as before; connections to upstreams renewed$/,
  );
  assertEquals(await rcodeOf(program), 0);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Forwarder shows another certificate of ours after SIGHUP, and keeps the old one where the key is none of its own", async () => {
  const authority = await createAuthority();
  const [first, second] = [await authority.issue(DNS_NAMES), await authority.issue(DNS_NAMES)];
  await using folder = new Folder();
  await using upstream = new ScriptedUpstream();
  const identity = await authority.issue(DNS_NAMES);
  await using front = await TlsFront.start(identity, "TLSv1.3", upstream.port, authority.pem);
  const [cert, key] = [folder.write("cert.pem", first.cert), folder.write("key.pem", first.key)];
  const ca = folder.write("ca.pem", authority.pem);
  const uri = `${front.uri}#${NAME}?ca=${ca}&cert=${cert}&key=${key}`;
  await using program = await startProgram([...LISTEN, "--upstream", uri]);
  assertEquals(await rcodeOf(program), 0);
  folder.write("cert.pem", second.cert);
  assertMatch(
    await reload(program),
    /^Error: Configuration not reloaded.*expected the private key/,
  );
  assertEquals(await rcodeOf(program), 0);
  folder.write("key.pem", second.key);
  assertMatch(await reload(program), /^Configuration reloaded: new connections to upstreams$/);
  assertEquals(await rcodeOf(program), 0);
});

Deno.test("Forwarder without files to read renews its connections on SIGHUP", async () => {
  await using upstream = new ScriptedUpstream();
  await using program = await startProgram([...LISTEN, "--upstream", upstream.uri]);
  assertEquals(await rcodeOf(program), 0);
  const line =
    "Configuration reloaded: addresses and upstreams as before; connections to upstreams renewed";
  assertEquals(await reload(program), line);
  assertEquals(await rcodeOf(program), 0);
  assertEquals(upstream.connections.length, 2);
});
