/** Whom a certificate is for (RFC 9525, 6; RFC 8310, 8.1): the names in it that count, and what they match. */

import { assertEquals } from "@std/assert";
import { X509Certificate } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { isFor } from "../../lib/net/certificate_names.ts";
import { createAuthority } from "../helpers/certificate.ts";

async function withNames(
  names: readonly x509.JsonGeneralName[],
  commonName?: string,
): Promise<X509Certificate> {
  const authority = await createAuthority();
  const extension = new x509.SubjectAlternativeNameExtension([...names]);
  const { cert } = await authority.issue({ commonName, names: extension });
  return new X509Certificate(cert);
}

Deno.test("isFor() compares names as a whole, and octet by octet but for case", async () => {
  const cases: [string, string, boolean][] = [
    ["dns.example.com", "dns.example.com", true],
    ["DNS.Example.COM", "dns.example.com", true],
    ["dns.example.com", "DNS.Example.COM", true],
    ["xn--bcher-kva.example", "xn--bcher-kva.example", true],
    ["example.com", "dns.example.com", false],
    [".example.com", "dns.example.com", false],
    ["dns.example.com", "example.com", false],
    ["dns.example.com.", "dns.example.com", false],
    ["dns.example.com\0", "dns.example.com", false],
    ["dns.example.com\0.attacker.example", "dns.example.com", false],
    ["dns.example.com, DNS:other.example", "other.example", false],
    ["", "dns.example.com", false],
  ];
  for (const [value, wanted, isGood] of cases) {
    const certificate = await withNames([{ type: "dns", value }]);
    assertEquals(isFor(certificate, wanted), isGood, JSON.stringify([value, wanted]));
  }
});

Deno.test("isFor() takes * for the first label alone, and below a domain of two labels or more (RFC 9525, 6.3)", async () => {
  const cases: [string, string, boolean][] = [
    ["*.example.com", "dns.example.com", true],
    ["*.EXAMPLE.com", "dns.example.com", true],
    ["*.example.com", "xn--bcher-kva.example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", ".example.com", false],
    ["*.example.com", "a.dns.example.com", false],
    ["*.com", "dns.com", false],
    ["*", "dns", false],
    ["*", "dns.example.com", false],
    ["*.", "dns", false],
    ["*.*.com", "dns.example.com", false],
    ["dns.*.com", "dns.example.com", false],
    ["dns.example.*", "dns.example.com", false],
    ["d*.example.com", "dns.example.com", false],
    ["*s.example.com", "dns.example.com", false],
    ["xn--*.example.com", "xn--a.example.com", false],
    ["*.example.com.", "dns.example.com", false],
  ];
  for (const [value, wanted, isGood] of cases) {
    const certificate = await withNames([{ type: "dns", value }]);
    assertEquals(isFor(certificate, wanted), isGood, JSON.stringify([value, wanted]));
  }
});

Deno.test("isFor() never takes the subject for a name, whatever else stands beside it (RFC 9525, 2)", async () => {
  const name = "dns.example.com";
  const others: readonly (readonly x509.JsonGeneralName[])[] = [
    [{ type: "dns", value: "other.example" }],
    [{ type: "ip", value: "192.0.2.1" }],
    [{ type: "email", value: name }],
    [{ type: "url", value: `https://other.example/, DNS:${name}` }],
    [{ type: "url", value: "https://other.example/, DNS:x" }],
    [],
  ];
  for (const names of others) {
    assertEquals(isFor(await withNames(names, name), name), false, JSON.stringify(names));
  }
});

Deno.test("isFor() takes an address only where it stands as one (RFC 9525, 6.5)", async () => {
  const cases: [x509.JsonGeneralName, string, boolean][] = [
    [{ type: "ip", value: "192.0.2.1" }, "192.0.2.1", true],
    [{ type: "ip", value: "192.0.2.2" }, "192.0.2.1", false],
    [{ type: "ip", value: "2001:db8::1" }, "2001:DB8:0:0::1", true],
    [{ type: "ip", value: "192.0.2.1" }, "::ffff:192.0.2.1", false],
    [{ type: "dns", value: "192.0.2.1" }, "192.0.2.1", false],
    [{ type: "dns", value: "*.0.2.1" }, "192.0.2.1", false],
    [{ type: "url", value: "https://x/, IP Address:192.0.2.1" }, "192.0.2.1", false],
  ];
  for (const [name, wanted, isGood] of cases) {
    const certificate = await withNames([name], "192.0.2.1");
    assertEquals(isFor(certificate, wanted), isGood, JSON.stringify([name, wanted]));
  }
});

Deno.test("isFor() finds a name among many, and none where there is no such extension", async () => {
  const many = Array.from({ length: 500 }, (_, at) => `a${at}.example.com`);
  const names = many.map((value) => ({ type: "dns" as const, value }));
  const certificate = await withNames(names);
  assertEquals(isFor(certificate, "a499.example.com"), true);
  assertEquals(isFor(certificate, "a500.example.com"), false);
  const { pem } = await createAuthority();
  const none = new X509Certificate(pem);
  assertEquals(isFor(none, "a0.example.com"), false);
});
