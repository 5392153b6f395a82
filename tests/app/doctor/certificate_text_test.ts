import { assertEquals, assertStringIncludes } from "@std/assert";
import { certificateFacts, certificateLines } from "../../../lib/app/doctor/certificate_text.ts";
import { createAuthority, daysFromNow, type IdentityInput } from "../../helpers/certificate.ts";
import { openSslPin } from "../../helpers/pin.ts";

async function issue(input: IdentityInput) {
  const { cert } = await (await createAuthority()).issue(input);
  const der = Uint8Array.fromBase64(cert.replace(/-----[A-Z ]+-----/g, ""));
  return { cert, facts: (now = Date.now()) => certificateFacts(der, now) };
}

Deno.test("certificateFacts() has names, days left and the pin that openssl computes", async () => {
  const notAfter = new Date("2100-01-02T03:04:05Z");
  const names = { dnsNames: ["dns.test", "*.dns.test"], addresses: ["192.0.2.1", "2001:db8::1"] };
  const { cert, facts } = await issue({ commonName: "dns.test", ...names, notAfter });
  const { subject, issuer, names: found, validity, pin } = facts(Date.parse("2100-01-01T00:00Z"));
  assertEquals(subject, "CN=dns.test");
  assertStringIncludes(issuer, "CN=Test authority ");
  assertEquals(found.slice(0, 3), ["dns.test", "*.dns.test", "192.0.2.1"]);
  assertEquals(found.length, 4);
  assertEquals(validity, "valid until 2100-01-02 (1 day left)");
  assertEquals(pin, `sha256:${await openSslPin(cert)}`);
});

Deno.test("certificateFacts() says when a certificate has expired, or is not valid yet", async () => {
  const notBefore = new Date("2026-01-01T00:00:00Z");
  const { facts } = await issue({ notBefore, notAfter: daysFromNow(30) });
  assertStringIncludes(facts(+daysFromNow(32.5)).validity, ": expired 2 days ago");
  assertEquals(facts(0).validity, "not valid before 2026-01-01T00:00:00.000Z");
});

Deno.test("certificateLines() writes the pin as it is pasted behind an upstream", () => {
  const lines = certificateLines({
    subject: "CN=a",
    issuer: "CN=b",
    names: ["a", "c"],
    validity: "valid until 2100-01-02 (1 day left)",
    pin: "sha256:AAAA",
  });
  assertEquals(lines, [
    "CN=a, for a, c",
    "issued by CN=b",
    "valid until 2100-01-02 (1 day left)",
    "pin=sha256:AAAA",
  ]);
});
