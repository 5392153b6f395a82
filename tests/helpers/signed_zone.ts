/** A small zone signed by BIND's tools, for those who validate. */

import { findProgram } from "./real_peer.ts";

export const SIGNED_ZONE = "signed.example";

/** What the tests of a signed zone need installed. */
export const SIGNING_PROGRAMS = ["dnssec-keygen", "dnssec-signzone"];

export interface SignedZone {
  /** The zone file. */
  readonly zone: string;
  /** The public key, a DNSKEY record: what a validator is to trust. */
  readonly key: string;
}

const RECORDS = `$ORIGIN ${SIGNED_ZONE}.
$TTL 300
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
ns A 192.0.2.53
www A 192.0.2.80
*.many A 192.0.2.7
`;

export async function createSignedZone(): Promise<SignedZone> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-zone-" });
  try {
    const keyName = await run(folder, "dnssec-keygen", "-q", "-a", "13", "-f", "KSK", SIGNED_ZONE);
    const key = await Deno.readTextFile(`${folder}/${keyName.trim()}.key`);
    await Deno.writeTextFile(`${folder}/zone`, RECORDS + key);
    // -z: the one key signs everything.
    await run(folder, "dnssec-signzone", "-q", "-z", "-o", SIGNED_ZONE, "-f", "signed", "zone");
    return { zone: await Deno.readTextFile(`${folder}/signed`), key: withoutComments(key) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(folder: string, program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(findProgram(program) ?? program, { args, cwd: folder });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function withoutComments(text: string): string {
  return text.replaceAll(/^;.*\n/gm, "");
}
