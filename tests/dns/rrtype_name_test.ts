import { assertEquals } from "@std/assert";
import { className, typeName } from "../../lib/dns/rrtype_name.ts";

Deno.test("typeName() is the name of the registry, and TYPE with the number without one (RFC 3597, 5)", () => {
  const names: Readonly<Record<number, string>> = {
    ...{ 1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA" },
    ...{ 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC" },
    ...{ 48: "DNSKEY", 50: "NSEC3", 52: "TLSA", 55: "HIP", 59: "CDS", 61: "OPENPGPKEY" },
    ...{ 63: "ZONEMD", 64: "SVCB", 65: "HTTPS", 255: "ANY", 256: "URI", 257: "CAA" },
    ...{ 0: "TYPE0", 54: "TYPE54", 66: "TYPE66", 65_535: "TYPE65535" },
  };
  for (const [type, name] of Object.entries(names)) assertEquals(typeName(+type), name);
});

Deno.test("className() is the name of the registry, and CLASS with the number without one", () => {
  assertEquals([1, 3, 4, 255, 42].map(className), ["IN", "CH", "HS", "ANY", "CLASS42"]);
});
