/** The command `query` against an upstream that does as it is told, and its wrong usage. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createAuthority } from "../helpers/certificate.ts";
import { runTrusting } from "../helpers/commands.ts";
import { parseAnswer } from "../helpers/digging.ts";
import { type Message, RCODE } from "../helpers/message.ts";
import type { Query } from "../helpers/upstream_connection.ts";
import { runProgram } from "../helpers/program.ts";
import { type Script, ScriptedUpstream } from "../helpers/scripted_upstream.ts";

const NAME = "dns.example";

/** What the command says to an upstream that follows `script`; and the upstream's queries. */
async function ask(script?: Script, ...args: string[]) {
  const authority = await createAuthority();
  const identity = await authority.issue({ dnsNames: [NAME] });
  await using upstream = new ScriptedUpstream({ identity, script });
  const uri = `tls://127.0.0.1:${upstream.port}#${NAME}`;
  const exit = await runTrusting(authority, "query", "www.example", ...args, "--upstream", uri);
  return { ...exit, uri, queries: upstream.queries.splice(0) };
}

Deno.test("query asks as the forwarder does: RD and AD set, EDNS, padded to 128 octets", async () => {
  const { code, stdout, queries } = await ask(undefined, "TYPE65");
  assertEquals([code, parseAnswer(stdout).status], [0, "NOERROR"]);
  const [{ message }] = queries;
  assertEquals([message.flags, message.octets.length % 128], [0x0120, 0]);
  assertEquals(message.questions, [{ name: "www.example", type: 65, class: 1 }]);
});

Deno.test("query asks again with less where a server rejects EDNS options, or EDNS, as the forwarder does", async () => {
  const cases: [number, string[], string][] = [
    [1, ["options", "empty"], ";; EDNS options rejected: asked again with an empty OPT record"],
    [2, ["options", "empty", "none"], ";; EDNS rejected: asked again without an OPT record"],
  ];
  const formOf = ({ opt }: Message) =>
    opt ? (opt.options.length > 0 ? "options" : "empty") : "none";
  for (const [refused, forms, note] of cases) {
    const isRefused = ({ message }: Query) => forms.indexOf(formOf(message)) < refused;
    const { code, stdout, queries } = await ask((query) =>
      query.answer(isRefused(query) ? { rcode: RCODE.FORMERR } : {})
    );
    assertEquals([code, parseAnswer(stdout).status], [0, "NOERROR"]);
    assertEquals(queries.map(({ message }) => formOf(message)), forms);
    assertStringIncludes(stdout, `\n${note}\n`);
  }
  const never = await ask((query) => query.answer({ rcode: RCODE.FORMERR }));
  assertEquals([parseAnswer(never.stdout).status, never.queries.length], ["FORMERR", 3]);
  assertEquals(never.stdout.includes("rejected"), false);
});

Deno.test("query takes no response to another question, nor one that is malformed", async () => {
  const closing = await ask(async (query) => {
    await query.connection.send(Uint8Array.of(1, 2, 3));
    query.connection.close();
  });
  const reason = "the server closed the connection";
  assertEquals([closing.code, closing.stdout], [1, ""]);
  assertEquals(closing.stderr, `dnsfwd: No answer from ${closing.uri}: ${reason}\n`);
});

Deno.test("query names the mistake in its arguments, exit code 2", async () => {
  const upstream = ["--upstream", "tcp://127.0.0.1:9"];
  const name = "not a domain name: labels of 1 to 63 octets with dots between them, 255 in all";
  const cases: [string[], string][] = [
    [upstream, "NAME: missing, as in dnsfwd query example.org AAAA"],
    [["a..b", ...upstream], `NAME "a..b": ${name}`],
    [["a.b", "X", ...upstream], 'TYPE "X": not a record type, as in A, AAAA, HTTPS or TYPE65'],
    [["a.b", "AXFR", ...upstream], 'TYPE "AXFR": not a type that a resolver can be asked for'],
    [["a.b", "A", "B", ...upstream], 'Argument "B": not expected behind the type'],
    [
      ["a.b", "--once", ...upstream],
      'Option "--once": not for the command query; it belongs to demo',
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runProgram(["query", ...args]);
    assertEquals([code, stdout, stderr], [2, "", `dnsfwd: ${message}\n`]);
  }
});
