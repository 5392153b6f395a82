/** What the URI of an upstream may be, for the manual page. */

export const UPSTREAM_FORMS: Readonly<Record<string, string>> = {
  "tls://ADDRESS[:853][#NAME]":
    "DNS over TLS. The certificate must be valid for NAME, or for ADDRESS if there is no name. " +
    "IPv6 addresses stand in brackets.",
  "tls://NAME[:853]":
    "The same, with the addresses that --bootstrap or the system's resolver tells.",
  "tcp://ADDRESS:PORT":
    "DNS over TCP, in the clear: for a program beside this one that does the TLS.",
  "unix:PATH": "The same over a Unix socket.",
};

export const UPSTREAM_OPTIONS: Readonly<Record<string, string>> = {
  "pin=sha256:BASE64": "The SHA-256 of the server's public key, or of that of an authority above " +
    "it, must be one of the pins (RFC 7858, 4.2). May be repeated, for backups.",
  "ca=FILE":
    "Certificates (PEM) of the only authorities to trust for this upstream. May be repeated.",
  "cert=FILE": "Our own certificate (PEM), for servers that want to know their clients; with key=.",
  "key=FILE": "The key (PEM) that belongs to it.",
  "profile=strict|opportunistic":
    "With opportunistic the connection is encrypted and nobody is authenticated: it helps against " +
    "listeners only (RFC 8310, 5). Default strict.",
  "before-time-sync=NAME,...":
    "Names of time servers that may be asked while this machine's clock is too old to check the " +
    "dates of certificates. Needs --ca, ca= or pins.",
};
