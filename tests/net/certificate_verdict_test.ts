/** That `--ca FILE` and `ca=FILE` of an upstream judge each certificate alike, and say so in the same words. */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { assertEquals, assertRejects } from "@std/assert";
import type { DialError } from "../../lib/net/dial_error.ts";
import { Dialer } from "../../lib/net/dialer.ts";
import { checkPeerUndated } from "../../lib/net/undated_check.ts";
import { createAuthority, daysFromNow, type Identity } from "../helpers/certificate.ts";
import { selfSigned } from "../helpers/self_signed.ts";
import { identityWithPins, shownCertificates } from "../helpers/shown_certificates.ts";

const NAME = "dns.example";
const NAMES = { dnsNames: [NAME] };
const STRICT = { pins: [], isAuthenticated: true, caFiles: [] };
const OTHER_NAME = [{ type: "dns" as const, value: "other.example" }];
const ANOTHER = "certificate is for another name; it is for ";
const UNKNOWN = "certificate of an unknown authority; " +
  "name a private one with --ca FILE, or ca=FILE in the upstream";
const EXPIRED = `certificate expired on ${daysFromNow(-2).toISOString().slice(0, 10)}`;
const UNFIT = "certificate not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)";

interface Case {
  readonly what: string;
  readonly shown: Identity;
  /** The text of the file of authorities. */
  readonly file: string;
  readonly verdict: string;
}

/** Each is in the file itself. */
async function ownCases(): Promise<Case[]> {
  const clients = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  const signing = [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)];
  const past = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) };
  const future = { notBefore: daysFromNow(2), notAfter: daysFromNow(9) };
  const above = await createAuthority("Not in the file");
  const byAnother = await above.issue(NAMES);
  const rows: [string, Identity, string][] = [
    ["its own authority", await selfSigned(), "accepted"],
    ["no authority", await selfSigned({ isAuthority: false }), "accepted"],
    ["for clients", await selfSigned({ extensions: clients }), "accepted"],
    ["for signing", await selfSigned({ extensions: signing }), "accepted"],
    ["another name", await selfSigned({ names: OTHER_NAME }), ANOTHER + "other.example"],
    ["no name", await selfSigned({ names: [] }), ANOTHER + "no name at all"],
    ["expired", await selfSigned(past), EXPIRED],
    ["not begun", await selfSigned(future), "certificate not valid yet (is the clock right?)"],
    ["signed by an authority not in the file", byAnother, "accepted"],
    ["the same, expired", await above.issue({ ...NAMES, ...past }), EXPIRED],
    ["the same, for clients", await above.issue({ ...NAMES, extensions: clients }), "accepted"],
    [
      "the same, another name",
      await above.issue({ dnsNames: ["b.example"] }),
      ANOTHER + "b.example",
    ],
  ];
  return rows.map(([what, shown, verdict]) => ({ what, shown, file: shown.cert, verdict }));
}

/** What the file has is, or should be, above what is shown. */
async function signedCases(): Promise<Case[]> {
  const root = await createAuthority();
  const below = await root.delegate();
  const stranger = await createAuthority();
  const clients = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  const leaf = await root.issue(NAMES);
  const lower = await below.issue(NAMES);
  const chain = { ...lower, cert: `${lower.cert}\n${below.pem}` };
  const past = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) };
  const rows: [string, Identity, string][] = [
    ["signed", leaf, "accepted"],
    ["signed by one below", chain, "accepted"],
    ["signed by one below that is not shown", lower, UNKNOWN],
    ["signed by a stranger", await stranger.issue(NAMES), UNKNOWN],
    ["self-signed", await selfSigned(), UNKNOWN],
    ["self-signed, no authority", await selfSigned({ isAuthority: false }), UNKNOWN],
    ["signed, another name", await root.issue({ dnsNames: ["b.example"] }), ANOTHER + "b.example"],
    [
      "signed, a broad wildcard",
      await root.issue({ dnsNames: ["*.example"] }),
      ANOTHER + "*.example",
    ],
    ["signed, expired", await root.issue({ ...NAMES, ...past }), EXPIRED],
    ["signed, for clients", await root.issue({ ...NAMES, extensions: clients }), UNFIT],
  ];
  const cases = rows.map(([what, shown, verdict]) => ({ what, shown, file: root.pem, verdict }));
  const between = { what: "only the one below is in the file", shown: chain, file: below.pem };
  return [...cases, { ...between, verdict: "accepted" }];
}

Deno.test("--ca and ca= let in the same servers, and refuse the rest in the same words", async (t) => {
  for (const each of [...await ownCases(), ...await signedCases()]) {
    await t.step(each.what, async () => {
      using server = serve(each.shown);
      const { port } = server.addr;
      assertEquals(
        [await verdict(port, each.file), await verdict(port, each.file, STRICT)],
        [each.verdict, each.verdict],
      );
    });
  }
});

function serve({ cert, key }: Identity): Deno.TlsListener {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  accept(listener).catch((error) => {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  });
  return listener;
}

/** Closes each connection once its handshake is over, however that went. */
async function accept(listener: Deno.TlsListener): Promise<void> {
  for await (const connection of listener) {
    await connection.handshake().catch(() => {});
    try {
      connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

async function verdict(port: number, file: string, identity?: typeof STRICT): Promise<string> {
  const target = { transport: "tls", hostname: "127.0.0.1", port, serverName: NAME } as const;
  const dialer = new Dialer(
    identity ? { ...target, identity } : target,
    { timeout: 20_000, caCerts: [file] },
  );
  try {
    (await dialer.dial()).close();
    return "accepted";
  } catch (error) {
    const { message, detail } = error as DialError;
    return message + detail;
  }
}

Deno.test("a certificate that is itself trusted is let in while the clock is wrong, if its name fits", async () => {
  const { cert } = await selfSigned({ notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) });
  const handshake = { certificate: shownCertificates(cert) };
  assertEquals(checkPeerUndated(handshake, NAME, STRICT, [cert]).pin, -1);
  const pinned = await identityWithPins(cert);
  assertEquals(checkPeerUndated(handshake, NAME, pinned, [cert]).pin, 0);
  await assertRejects(
    // deno-lint-ignore require-await
    async () => checkPeerUndated(handshake, "other.example", STRICT, [cert]),
    Error,
    "another name",
  );
});
