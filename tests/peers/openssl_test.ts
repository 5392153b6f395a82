/** OpenSSL as TLS server: certificates as people make them, and a server that wants to know its clients. */

import { assertEquals, assertMatch } from "@std/assert";
import { createAuthority, pinOfPem } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { freePort, PEER_NAME, peerTest, peerTrust } from "../helpers/real_peer.ts";
import { buildQuery } from "../helpers/query.ts";
import { startWithUpstreams } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Runs `openssl s_server` with `args` and the files of `texts`, as long as `run` takes. */
async function withServer(
  texts: Readonly<Record<string, string>>,
  args: readonly string[],
  run: (port: number, folder: string) => Promise<void>,
): Promise<void> {
  const cwd = await Deno.makeTempDir({ prefix: "dnsfwd-test-" });
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(`${cwd}/${name}`, text);
  }
  const port = freePort();
  const server = new Deno.Command("openssl", {
    args: [
      "s_server",
      "-accept",
      `127.0.0.1:${port}`,
      "-cert",
      "cert.pem",
      "-key",
      "key.pem",
      ...args,
    ],
    cwd,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await waitUntil(() => accepts(port), "openssl s_server");
    await run(port, cwd);
  } finally {
    server.kill("SIGKILL");
    await server.stdin.close().catch(() => {});
    await server.status;
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Whether something listens there. */
function accepts(port: number): boolean {
  const line = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`;
  return Deno.readTextFileSync("/proc/net/tcp").includes(line);
}

async function selfSigned(): Promise<{ "cert.pem": string; "key.pem": string }> {
  const cwd = await Deno.makeTempDir({ prefix: "dnsfwd-test-" });
  const args =
    "req -x509 -newkey rsa:2048 -nodes -subj /CN=own -days 9 -keyout key.pem -out cert.pem";
  await new Deno.Command("openssl", { args: args.split(" "), cwd, stderr: "null" }).output();
  const [cert, key] = ["cert.pem", "key.pem"].map((name) =>
    Deno.readTextFileSync(`${cwd}/${name}`)
  );
  await Deno.remove(cwd, { recursive: true });
  return { "cert.pem": cert, "key.pem": key };
}

peerTest(
  ["openssl"],
  "a self-made certificate, that of an authority even, is good where its key is pinned (DOT-15; B3)",
  async () => {
    const files = await selfSigned();
    const { authority } = await peerTrust();
    await withServer(files, ["-quiet"], async (port) => {
      const uri = `tls://127.0.0.1:${port}?pin=${await pinOfPem(files["cert.pem"])}`;
      await using program = await startWithUpstreams([uri], authority);
      using client = new UdpClient(program.address);
      client.send(buildQuery("unanswered.example"));
      await waitUntil(() => program.stderr.includes("Connected to upstream"), "connection");
      assertMatch(program.stderr, /Certificate of upstream \S+ expires on/);
    });
  },
);

for (
  const [version, text] of [["-tls1_2", /client certificate missing/], [
    "-tls1_3",
    /wants a client certificate/,
  ]] as const
) {
  peerTest(
    ["openssl"],
    `the log says that a server wants a client certificate (${version})`,
    async () => {
      const { authority, identity } = await peerTrust();
      const clients = (await createAuthority()).pem;
      const files = { "cert.pem": identity.cert, "key.pem": identity.key, "clients.pem": clients };
      const args = [
        "-quiet",
        version,
        "-CAfile",
        "clients.pem",
        "-Verify",
        "1",
        "-verify_return_error",
      ];
      await withServer(files, args, async (port, folder) => {
        const uri = `tls://127.0.0.1:${port}#${PEER_NAME}`;
        for (const options of ["", `?ca=${folder}/ca.pem`]) {
          await Deno.writeTextFile(`${folder}/ca.pem`, authority.pem);
          await using program = await startWithUpstreams([uri + options], authority);
          using client = new UdpClient(program.address);
          assertEquals((await client.ask(buildQuery("secret.example"))).rcode, 2);
          assertMatch(program.stderr, text);
        }
      });
    },
  );
}
