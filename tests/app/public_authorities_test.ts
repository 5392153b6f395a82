/** Which public authorities are trusted where chains are verified here: those of the TLS library, if they are told. */

import { assertEquals } from "@std/assert";
import { createAuthority } from "../helpers/certificate.ts";
import { runProgram } from "../helpers/program.ts";

const MODULE = new URL("../../lib/app/public_authorities.ts", import.meta.url).href;
const CODE = `
  import { publicAuthorities } from "${MODULE}";
  const wanted = Deno.args[0].replace(/\\s/g, "");
  const all = publicAuthorities("tls://192.0.2.1");
  console.log(all.some((pem) => pem.replace(/\\s/g, "") === wanted));
`;

Deno.test("publicAuthorities() are those that the TLS library was told to trust", async () => {
  const { pem } = await createAuthority();
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-test-" });
  try {
    const [script, file] = [`${folder}/check.ts`, `${folder}/ca.pem`];
    await Deno.writeTextFile(script, CODE);
    await Deno.writeTextFile(file, pem);
    for (
      const [store, isTrusted] of [["system", true], [",", false], ["mozilla", false]] as const
    ) {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--no-config", "--allow-all", script, pem],
        env: { DENO_TLS_CA_STORE: store, SSL_CERT_FILE: file },
      }).output();
      const text = new TextDecoder().decode(stdout).trim();
      assertEquals(text, `${isTrusted}`, store + new TextDecoder().decode(stderr));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dnsfwd says that before-time-sync needs authorities, where the runtime does not tell its own", async () => {
  const uri = "tls://192.0.2.1#dns.example?before-time-sync=ntp.example";
  const exit = await runProgram(["--upstream", uri, "--listen", "127.0.0.1:0"]);
  assertEquals(exit.code, 2);
  assertEquals(
    exit.stderr,
    'dnsfwd: --upstream "tls://192.0.2.1:853#dns.example": before-time-sync needs the authorities to ' +
      "trust: add ca=FILE or --ca FILE, such as /etc/ssl/certs/ca-certificates.crt\n",
  );
});
