import { X509Certificate } from "node:crypto";
import { assertEquals, assertThrows } from "@std/assert";
import { readAuthorities, readIdentity } from "../../lib/app/pem_files.ts";
import { parseUpstream } from "../../lib/app/settings/upstream_uri.ts";
import { ConfigError } from "../../lib/app/settings/config_error.ts";
import { selfSigned } from "../helpers/self_signed.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const NOT_ONE = `${BEGIN}\nbm90IGEgY2VydGlmaWNhdGU=\n${END}\n`;

function fingerprints(pem: string): string[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/).map((each) =>
    new X509Certificate(each).fingerprint256
  );
}

Deno.test("a file of certificates is read however its lines end, and whatever stands between them", async () => {
  using temp = new TempDirectory();
  const [one, two] = await Promise.all([selfSigned(), selfSigned()]);
  const both = `${one.cert}\n${two.cert}\n`;
  const forms: Record<string, string> = {
    "plain": both,
    "CRLF": both.replaceAll("\n", "\r\n"),
    "CR": both.replaceAll("\n", "\r"),
    "a byte order mark": `\ufeff${both}`,
    "indented": both.replaceAll(/^/gm, "  "),
    "each in one line": both.replaceAll(/(?<!-)\n|(?<=N CERTIFICATE-----)\n/g, ""),
    "text around":
      `# ----- ours -----\nsubject=CN=a\n${one.cert}\nissuer=CN=b -----\n${two.cert}\nend`,
    "the older label": both.replaceAll(" CERTIFICATE-", " X509 CERTIFICATE-"),
    "a private key before them": `${one.key}\n${both}`,
  };
  const expected = [one, two].map(({ cert }) => new X509Certificate(cert).fingerprint256);
  for (const [form, text] of Object.entries(forms)) {
    Deno.writeTextFileSync(`${temp.path}/ca`, text);
    const [pem] = readAuthorities("--ca", [`${temp.path}/ca`]);
    assertEquals(fingerprints(pem), expected, form);
  }
});

Deno.test("a file with a certificate that nobody can use is refused with its line, or with what it holds", async () => {
  using temp = new TempDirectory();
  const { cert, key } = await selfSigned();
  const lines = cert.trimEnd().split("\n").length;
  const der = Uint8Array.from(new X509Certificate(cert).raw);
  const damaged = "cannot be read: it is damaged";
  const none = "the file holds no certificate in PEM form";
  const cases: [string | Uint8Array, string][] = [
    [NOT_ONE, `the certificate that begins in line 1 ${damaged}`],
    [
      `${cert.trimEnd()}\n${NOT_ONE}`,
      `the certificate that begins in line ${lines + 1} ${damaged}`,
    ],
    [`${BEGIN}\n*** no base64 ***\n${END}\n`, `the certificate that begins in line 1 ${damaged}`],
    [cert.slice(0, 300), "the certificate that begins in line 1 has no end"],
    [`${cert.slice(0, 300)}\n${cert}`, "the certificate that begins in line 1 has no end"],
    [
      cert.replaceAll(" CERT", " TRUSTED CERT"),
      'the file holds a "TRUSTED CERTIFICATE", a form that only OpenSSL reads; ' +
      '"openssl x509 -in FILE -out NEW" makes a certificate of it',
    ],
    [
      cert.replaceAll(" CERTIFICATE", " PKCS7"),
      'the file holds its certificates as PKCS #7; "openssl pkcs7 -print_certs -in FILE ' +
      '-out NEW" gets them out',
    ],
    [
      der,
      `${none}, but perhaps one in DER: "openssl x509 -inform DER -in FILE -out NEW" makes PEM ` +
      "of it",
    ],
    [key, "the file holds a private key, and no certificate in PEM form"],
    ["certificate", none],
    ["\r\n", "the file is empty"],
  ];
  const path = `${temp.path}/ca`;
  for (const [content, reason] of cases) {
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    for (const name of ["--ca", "--upstream, ca"]) {
      const { message } = assertThrows(() => readAuthorities(name, [path]), ConfigError);
      assertEquals(message, `${name} "${path}": ${reason}`);
    }
  }
});

Deno.test("our certificate and its key may stand in one file, in any order and with text around", async () => {
  using temp = new TempDirectory();
  const { cert, key } = await selfSigned();
  const path = `${temp.path}/both`;
  const target = parseUpstream(`tls://192.0.2.1?cert=${path}&key=${path}`);
  for (const text of [`${cert}\n${key}`, `${key}\n${cert}`, `Bag Attributes\n${cert}\nX\n${key}`]) {
    for (const form of [text, text.replaceAll("\n", "\r\n"), `\ufeff${text}`]) {
      Deno.writeTextFileSync(path, form);
      const { client } = readIdentity(target, []);
      const found = client?.key.replaceAll("\r", "").trim();
      assertEquals([fingerprints(client?.cert ?? "").length, found], [1, key.trim()]);
    }
  }
});
