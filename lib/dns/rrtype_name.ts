/** The names of record types and classes in questions (RFC 1035, 3.2; RFC 3597, 5; the IANA registry). */

/** By number from 1 on, without gaps. */
const FIRST_TYPES = [
  ...["A", "NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "NULL", "WKS", "PTR", "HINFO"],
  ...["MINFO", "MX", "TXT", "RP", "AFSDB", "X25", "ISDN", "RT", "NSAP", "NSAP-PTR", "SIG", "KEY"],
  ...["PX", "GPOS", "AAAA", "LOC", "NXT", "EID", "NIMLOC", "SRV", "ATMA", "NAPTR", "KX", "CERT"],
  ...["A6", "DNAME", "SINK", "OPT", "APL", "DS", "SSHFP", "IPSECKEY", "RRSIG", "NSEC", "DNSKEY"],
  ...["DHCID", "NSEC3", "NSEC3PARAM", "TLSA", "SMIMEA", "TYPE54", "HIP", "NINFO", "RKEY"],
  ...["TALINK", "CDS", "CDNSKEY", "OPENPGPKEY", "CSYNC", "ZONEMD", "SVCB", "HTTPS"],
];
const LATER_TYPES: Readonly<Record<number, string>> = {
  99: "SPF",
  108: "EUI48",
  109: "EUI64",
  249: "TKEY",
  250: "TSIG",
  251: "IXFR",
  252: "AXFR",
  253: "MAILB",
  254: "MAILA",
  255: "ANY",
  256: "URI",
  257: "CAA",
  258: "AVC",
  32768: "TA",
  32769: "DLV",
};
const CLASSES: Readonly<Record<number, string>> = {
  1: "IN",
  3: "CH",
  4: "HS",
  254: "NONE",
  255: "ANY",
};

/** Such as `AAAA`; `TYPE65534` for one without a name. */
export function typeName(type: number): string {
  return FIRST_TYPES[type - 1] ?? LATER_TYPES[type] ?? `TYPE${type}`;
}

/** Such as `IN`; `CLASS42` for one without a name. */
export function className(number: number): string {
  return CLASSES[number] ?? `CLASS${number}`;
}
