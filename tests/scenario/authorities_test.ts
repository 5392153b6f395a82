/** Whom the program trusts to say who the upstream is: `--ca`, and what else the environment names. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Authority, createAuthority } from "../helpers/certificate.ts";
import { runProgram } from "../helpers/program.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";

const NAME = "dns.example";
const COMMANDS: Readonly<Record<string, (uri: string) => string[]>> = {
  query: (uri) => ["query", "www.example", "--upstream", uri],
  doctor: (uri) => ["doctor", uri, "--idle", "0"],
};

/** An upstream that `authority` vouches for, and what asks of it. */
class Trial implements AsyncDisposable {
  readonly authority: Authority;
  readonly #upstream: ScriptedUpstream;
  readonly #folder = Deno.makeTempDirSync({ prefix: "dnsfwd-test-" });

  private constructor(authority: Authority, upstream: ScriptedUpstream) {
    this.authority = authority;
    this.#upstream = upstream;
  }

  static async start(): Promise<Trial> {
    const authority = await createAuthority();
    const identity = await authority.issue({ dnsNames: [NAME] });
    return new Trial(authority, new ScriptedUpstream({ identity }));
  }

  /** A file with that text. */
  file(name: string, text: string): string {
    Deno.writeTextFileSync(`${this.#folder}/${name}`, text);
    return `${this.#folder}/${name}`;
  }

  /** Runs one of the commands with more arguments. */
  async run(command: string, args: readonly string[], env: Record<string, string> = {}) {
    const uri = `tls://127.0.0.1:${this.#upstream.port}#${NAME}`;
    const exit = await runProgram([...COMMANDS[command](uri), ...args], { env });
    return { ...exit, queries: this.#upstream.queries.splice(0).length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

for (const command of Object.keys(COMMANDS)) {
  Deno.test(`${command} trusts no authorities but those of --ca, whatever the environment adds`, async () => {
    await using trial = await Trial.start();
    const known = trial.file("known.pem", trial.authority.pem);
    const other = trial.file("other.pem", (await createAuthority()).pem);
    for (const variable of ["DENO_CERT", "NODE_EXTRA_CA_CERTS"]) {
      const env = { [variable]: known };
      const refused = await trial.run(command, ["--ca", other], env);
      assertEquals([refused.code, refused.queries], [1, 0], variable + refused.stdout);
      assertStringIncludes(
        refused.stdout + refused.stderr,
        "certificate of an unknown authority",
      );
      const trusted = await trial.run(command, [], env);
      assertEquals(trusted.code, 0, variable + trusted.stdout + trusted.stderr);
    }
  });

  Deno.test(`${command} trusts the authorities of each --ca, whatever else is in the files`, async () => {
    await using trial = await Trial.start();
    const other = trial.file("other.pem", (await createAuthority()).pem);
    const known = trial.file(
      "known.pem",
      `# F\u0151tan\u00fas\u00edtv\u00e1ny\n${trial.authority.pem}`,
    );
    const { code, stdout, stderr } = await trial.run(command, ["--ca", other, "--ca", known]);
    assertEquals(code, 0, stdout + stderr);
  });
}

Deno.test("doctor shows the certificate of an upstream that --ca does not vouch for", async () => {
  await using trial = await Trial.start();
  const other = trial.file("other.pem", (await createAuthority()).pem);
  const { code, stdout } = await trial.run("doctor", ["--ca", other]);
  assertEquals(code, 1);
  assertStringIncludes(stdout, `, for ${NAME}\n`);
  assertStringIncludes(stdout, "Verification   failed: certificate of an unknown authority\n");
});
