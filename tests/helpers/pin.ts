/** The pin of a certificate as openssl has it. */

const COMMAND = "openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | " +
  "openssl dgst -sha256 -binary | base64";

/** The hash of the key of a certificate (PEM), in base64. */
export async function openSslPin(certificate: string): Promise<string> {
  const process = new Deno.Command("sh", {
    args: ["-c", COMMAND],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(certificate));
  await writer.close();
  return new TextDecoder().decode((await process.output()).stdout).trim();
}
