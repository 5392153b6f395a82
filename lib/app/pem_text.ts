/**
 * The certificates of a PEM text (RFC 7468), each tried before anything is done with it: the TLS library leaves out
 * one that it cannot read, in words of its own, or breaks off the handshake in which it meets it.
 */

/** Why a text cannot be used, as it fits behind the name of its file. */
export class PemError extends Error {
  override readonly name = "PemError";
}

/** RFC 7468, 5.1: `X509 CERTIFICATE` is what older programs write. */
const BEGIN = /-----BEGIN (?:X509 )?CERTIFICATE-----/g;
const BLOCK =
  /-----BEGIN (X509 )?CERTIFICATE-----((?:(?!-----).)*)-----END (?:X509 )?CERTIFICATE-----/gs;
/** Octets in a line of base64. */
const LINE = /.{1,64}/g;
const DER_SEQUENCE = 0x30;

/** What is there instead, if no certificate is. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^\s*$/, "the file is empty"],
  [
    /-----BEGIN TRUSTED CERTIFICATE-----/,
    'the file holds a "TRUSTED CERTIFICATE", a form that only OpenSSL reads; ' +
    '"openssl x509 -in FILE -out NEW" makes a certificate of it',
  ],
  [
    /-----BEGIN PKCS7-----/,
    'the file holds its certificates as PKCS #7; "openssl pkcs7 -print_certs -in FILE -out NEW" ' +
    "gets them out",
  ],
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    "the file holds a private key, and no certificate in PEM form",
  ],
];

/** All certificates in `octets`, and nothing else, as PEM; throws `PemError` if there are none, or one is broken. */
export function certificatesIn(octets: Uint8Array): string {
  const text = new TextDecoder().decode(octets);
  const blocks = [...text.matchAll(BLOCK)];
  const begins = [...text.matchAll(BEGIN)];
  if (begins.length === 0) throw new PemError(reasonFor(octets, text));
  const ends = new Set(blocks.map(({ index }) => index));
  const open = begins.find(({ index }) => !ends.has(index));
  if (open) throw broken(text, open.index, "has no end");
  return blocks.map((block) => certificate(text, block)).join("");
}

const KEY = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----((?:(?!-----).)*)-----END \1-----/s;

/** The first private key in `octets`, as it is there; all of the text if there is none. */
export function privateKeyIn(octets: Uint8Array): string {
  const text = new TextDecoder().decode(octets);
  return KEY.exec(text)?.[0] ?? text;
}

function certificate(text: string, { 2: body, index }: RegExpExecArray): string {
  const base64 = body.replaceAll(/\s/g, "");
  const pem = `-----BEGIN CERTIFICATE-----\n${
    (base64.match(LINE) ?? []).join("\n")
  }\n-----END CERTIFICATE-----\n`;
  // Not imported: 2 MB of memory, for the few who have certificates of their own.
  const { X509Certificate } = globalThis.process.getBuiltinModule("node:crypto");
  try {
    new X509Certificate(pem);
  } catch {
    throw broken(text, index, "cannot be read: it is damaged");
  }
  return pem;
}

function broken(text: string, index: number, what: string): PemError {
  const line = text.slice(0, index).split(/\r\n|\n|\r/).length;
  return new PemError(`the certificate that begins in line ${line} ${what}`);
}

function reasonFor(octets: Uint8Array, text: string): string {
  const known = OTHERS.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  const none = "the file holds no certificate in PEM form";
  const isDer = octets[0] === DER_SEQUENCE && octets[1] >= 0x80;
  return isDer
    ? `${none}, but perhaps one in DER: "openssl x509 -inform DER -in FILE -out NEW" makes PEM of it`
    : none;
}
