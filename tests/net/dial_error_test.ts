import { assertEquals } from "@std/assert";
import { connectError, DialError, handshakeError, streamError } from "../../lib/net/dial_error.ts";

Deno.test("connectError() says in plain words why there is no connection", () => {
  const cases = [
    ["ECONNREFUSED", "connection refused"],
    ["ECONNRESET", "connection reset"],
    ["EHOSTUNREACH", "host unreachable"],
    ["ENETUNREACH", "network unreachable"],
    ["EINVAL", "the route leads nowhere"],
    ["ENOENT", "no such socket"],
    ["ENOTFOUND", "name not found"],
    ["EACCES", "permission denied"],
    ["EFOO", "as the system says"],
  ];
  for (const [code, text] of cases) {
    const cause = Object.assign(new Error("as the system says"), { code });
    const error = connectError(cause);
    assertEquals([error.stage, error.message, error.cause], ["connect", text, cause]);
  }
});

Deno.test("DialError.isRouteless tells that nothing can even leave", () => {
  const cases: [string, boolean][] = [
    ["EHOSTUNREACH", true],
    ["ENETUNREACH", true],
    ["EINVAL", true],
    ["ECONNREFUSED", false],
    ["ETIMEDOUT", false],
  ];
  for (const [code, expected] of cases) {
    assertEquals(connectError(Object.assign(new Error("x"), { code })).isRouteless, expected, code);
  }
  assertEquals(new DialError("connect", "no connection within 2 s").isRouteless, false);
  assertEquals(handshakeError({ code: "EINVAL" }).isRouteless, false);
});

Deno.test("connectError() says that a name was not found", () => {
  const text = "failed to lookup address information: Name or service not known";
  assertEquals(connectError(new Error(text)).message, "name not found");
});

Deno.test("handshakeError() tells certificates from other causes (RFC 8310, 5; DOT-13)", () => {
  const cases = [
    ["invalid peer certificate: certificate expired: ...", "TLS time", "certificate expired"],
    [
      "invalid peer certificate: certificate not valid for name ...",
      "TLS name",
      "certificate is for another name",
    ],
    [
      "invalid peer certificate: UnknownIssuer",
      "TLS trust",
      "certificate of an unknown authority",
    ],
    ["invalid peer certificate: BadSignature", "TLS trust", "certificate not accepted"],
    ["self-signed certificate", "TLS trust", "certificate not accepted"],
    ["unable to verify the first certificate", "TLS trust", "certificate not accepted"],
    ["received fatal alert: NoApplicationProtocol", "ALPN", 'TLS: protocol "dot" refused'],
    [
      "peer misbehaved: SelectedUnofferedApplicationProtocol",
      "ALPN",
      'TLS: the server chose a protocol other than "dot"',
    ],
    [
      "received fatal alert: CertificateRequired",
      "TLS",
      "the server wants a client certificate it knows",
    ],
    ["received corrupt message of type ...", "TLS", "the server does not speak TLS"],
    ["tls handshake eof", "handshake", "connection closed during the TLS handshake"],
    ["unexpected end of file", "handshake", "connection closed during the TLS handshake"],
    ["Connection reset by peer", "handshake", "connection reset during the TLS handshake"],
    ["something new", "handshake", "TLS: something new"],
  ];
  for (const [text, stage, message] of cases) {
    const error = handshakeError(new Error(text));
    assertEquals([error.stage, error.message], [stage as DialError["stage"], message]);
  }
});

Deno.test("DialError.isLasting where waiting does not help: no protocol in common, the wrong server", () => {
  const isLasting = (text: string) => handshakeError(new Error(text)).isLasting;
  const lasting = [
    "received fatal alert: ProtocolVersion",
    "received fatal alert: HandshakeFailure",
    "peer misbehaved: SelectedUnofferedApplicationProtocol",
    "received corrupt message of type InvalidContentType",
    "invalid peer certificate: UnknownIssuer",
  ];
  for (const text of lasting) assertEquals(isLasting(text), true, text);
  for (const text of ["tls handshake eof", "Connection reset by peer", "something new"]) {
    assertEquals(isLasting(text), false, text);
  }
  assertEquals(connectError({ code: "ECONNREFUSED" }).isLasting, false);
});

Deno.test("DialError.isAlpnRefused is for that alert alone (RFC 7301, 3.2; DOT-12)", () => {
  const refused = handshakeError(new Error("received fatal alert: NoApplicationProtocol"));
  const other = handshakeError(new Error("tls handshake eof"));
  assertEquals([refused.isAlpnRefused, other.isAlpnRefused], [true, false]);
});

Deno.test("handshakeError() tells logs which names a certificate has, and how to name an authority (DOT-13)", () => {
  const name = 'invalid peer certificate: certificate not valid for name "x.example"; ' +
    'certificate is only valid for DnsName("a.example"), DnsName("*.b.example") or IpAddress(::1)';
  const cases = [
    [name, "; it is for a.example, *.b.example, ::1"],
    [name.replace("a.example", "a\n"), "; it is for *.b.example, ::1"],
    [
      "invalid peer certificate: UnknownIssuer",
      "; name a private one with --ca FILE, or ca=FILE in the upstream",
    ],
    ["invalid peer certificate: BadSignature", ""],
  ];
  for (const [text, detail] of cases) {
    assertEquals(handshakeError(new Error(text)).detail, detail);
  }
});

Deno.test("streamError() says that the server wants to know its clients", () => {
  assertEquals(
    streamError(new Error("received fatal alert: CertificateRequired")),
    "the server wants a client certificate it knows (cert=FILE&key=FILE)",
  );
  assertEquals(streamError(new Error("broken pipe")), "broken pipe");
  assertEquals(streamError("text"), "text");
});
