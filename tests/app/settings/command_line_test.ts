import { assertEquals, assertThrows } from "@std/assert";
import type {
  Command,
  DoctorCommand,
  RunCommand,
  StatusCommand,
} from "../../../lib/app/settings/command.ts";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { COMMANDS } from "../../../lib/app/settings/commands.ts";
import { nameOnWire } from "../../../lib/app/host_name.ts";
import { DEFAULT_LIMITS } from "../../../lib/app/settings/limits.ts";

const UPSTREAM = "tls://192.0.2.53#dns.example";
const TARGET = {
  transport: "tls",
  hostname: "192.0.2.53",
  port: 853,
  serverName: "dns.example",
} as const;

/** The command `run` for an upstream and these arguments. */
function run(...args: string[]): RunCommand {
  const command = parseCommandLine(["--upstream", UPSTREAM, ...args]);
  if (command.name !== "run") throw new Error(`The command is ${command.name}`);
  return command;
}

/** The command `doctor` with its defaults. */
function doctor(): DoctorCommand {
  return {
    name: "doctor",
    upstream: TARGET,
    uri: UPSTREAM,
    bootstrap: [],
    caFiles: [],
    domain: "example.com",
    idleSeconds: 15,
  };
}

const STATUS: StatusCommand = {
  name: "status",
  runtimeDirectory: undefined,
  isJson: false,
  events: false,
  watchSeconds: undefined,
};

Deno.test("parseCommandLine() fills in what is not given", () => {
  assertEquals(run(), {
    name: "run",
    config: {
      listen: [{ hostname: "127.0.0.1", port: 53 }, { hostname: "::1", port: 53 }],
      isDefaultListen: true,
      upstreams: [TARGET],
      policy: "failover",
      isolate: undefined,
      truncate: false,
      allow: [],
      udpIo: "auto",
      queryLog: undefined,
      bootstrap: [],
      limits: DEFAULT_LIMITS,
      metrics: undefined,
      health: {
        readiness: "serving",
        drain: 0,
        readyName: nameOnWire("ready.dnsfwd.internal"),
      },
      identity: { identity: Deno.hostname(), nsid: false },
    },
    caFiles: [],
    stateDirectory: undefined,
    runtimeDirectory: undefined,
    user: undefined,
    groups: [],
    isRootForbidden: false,
    log: { level: 6, levels: {}, format: "human" },
    logRotation: { maxSize: 1 << 20, keep: 3 },
    logFile: undefined,
    isBackground: false,
    allowKeyLog: false,
    configFile: undefined,
    places: { upstream: ["--upstream"] },
  });
});

Deno.test("parseCommandLine() takes the commands, with and without the word run", () => {
  const cases: [string[], Command][] = [
    [["run", "--upstream", UPSTREAM], run()],
    [["--upstream", UPSTREAM, "run"], run()],
    [["demo"], { name: "demo", once: false }],
    [["demo", "--once"], { name: "demo", once: true }],
    [["--once", "demo"], { name: "demo", once: true }],
    [["help"], { name: "help", topic: undefined }],
    [["help", "demo"], { name: "help", topic: "demo" }],
    [["help", "run"], { name: "help", topic: "run" }],
    [["--help"], { name: "help", topic: undefined }],
    [["-h"], { name: "help", topic: undefined }],
    [["demo", "--help"], { name: "help", topic: "demo" }],
    [["run", "-h"], { name: "help", topic: "run" }],
    [["query", "www.example", "MX", "--upstream", UPSTREAM, "--ca=a.pem"], {
      name: "query",
      words: ["www.example", "MX"],
      upstreams: [TARGET],
      bootstrap: [],
      caFiles: ["a.pem"],
    }],
    [["doctor", UPSTREAM], doctor()],
    [["doctor", "--upstream", UPSTREAM], doctor()],
    [
      ["doctor", "--idle=0", "--name", "a.example", UPSTREAM],
      { ...doctor(), domain: "a.example", idleSeconds: 0 },
    ],
    [["doctor", "-h"], { name: "help", topic: "doctor" }],
    [["query", "--help"], { name: "help", topic: "query" }],
    [["status"], STATUS],
    [["status", "--json", "--runtime-dir=/srv/run"], {
      ...STATUS,
      runtimeDirectory: "/srv/run",
      isJson: true,
    }],
    [["status", "--events", "--json"], { ...STATUS, isJson: true, events: true }],
    [["status", "--watch"], { ...STATUS, watchSeconds: 2 }],
    [["status", "--watch", "--interval=3600"], { ...STATUS, watchSeconds: 3600 }],
    [["stop", "--runtime-dir", "/srv/run"], { name: "stop", runtimeDirectory: "/srv/run" }],
    [["--runtime-dir=/srv/run", "reload"], { name: "reload", runtimeDirectory: "/srv/run" }],
    [["reset", "-h"], { name: "help", topic: "reset" }],
    [["--version"], { name: "version" }],
    [["-V"], { name: "version" }],
    [["ensure", "-V"], { name: "version" }],
  ];
  for (const [args, command] of cases) {
    assertEquals(parseCommandLine(args), command, args.join(" "));
  }
});

Deno.test("parseCommandLine() takes --state-dir as it is", () => {
  assertEquals(run("--state-dir", "/srv/state").stateDirectory, "/srv/state");
  assertEquals(run("--state-dir=none").stateDirectory, "none");
});

Deno.test("parseCommandLine() takes --runtime-dir as it is", () => {
  assertEquals(run("--runtime-dir", "/srv/run").runtimeDirectory, "/srv/run");
  assertEquals(run("--runtime-dir=none").runtimeDirectory, "none");
});

Deno.test("parseCommandLine() takes --user, --group and --no-root as they are, and no group without a user", () => {
  const given = run("--user", "nobody", "--group", "dns", "--group=300", "--no-root");
  assertEquals([given.user, given.groups, given.isRootForbidden], ["nobody", ["dns", "300"], true]);
  assertThrows(() => run("--group", "dns"), Error, '--group "dns": needs --user as well');
});

Deno.test("parseCommandLine() wants the same names in before-time-sync of several upstreams, in any order", () => {
  const uris = (...options: string[]) =>
    options.flatMap((option, at) => ["--upstream", `tls://192.0.2.${at + 10}${option}`]);
  run(
    ...uris("?before-time-sync=a.example,b.example", "", "?before-time-sync=B.example.,a.example"),
  );
  const bad = uris("?before-time-sync=a.example", "?before-time-sync=b.example");
  const error = assertThrows(() => run(...bad), ConfigError);
  assertEquals(
    error.message,
    '--upstream "tls://192.0.2.11?before-time-sync=b.example": ' +
      "before-time-sync must name the same names wherever it is given",
  );
});

Deno.test("parseCommandLine() takes --listen and --bind-udp, many times", () => {
  const given = run("--listen", "192.0.2.1", "--bind-udp=[::1]:5300", "--listen=127.0.0.1:0");
  assertEquals(given.config.listen, [
    { hostname: "192.0.2.1", port: 53 },
    { hostname: "::1", port: 5300 },
    { hostname: "127.0.0.1", port: 0 },
  ]);
  assertEquals(given.config.isDefaultListen, false);
});

Deno.test("parseCommandLine() takes --upstream, and --connect-tcp as the program of 2015 did", () => {
  const tcp = { transport: "tcp", hostname: "127.0.0.1", port: 5353 } as const;
  const cases = [
    ["--upstream", "tcp://127.0.0.1:5353"],
    ["--upstream=tcp://127.0.0.1:5353"],
    ["--connect-tcp", "127.0.0.1:5353"],
    ["--connect-tcp=127.0.0.1:5353"],
    ["--connect-tcp=tcp://127.0.0.1:5353"],
  ];
  for (const args of cases) {
    const command = parseCommandLine(args);
    assertEquals(command.name === "run" && command.config.upstreams, [tcp], args.join(" "));
  }
});

Deno.test("parseCommandLine() takes several upstreams, in their order, and a policy", () => {
  const { config } = run("--upstream", "tcp://127.0.0.1:5353", "--policy", "balance");
  assertEquals(config.upstreams, [
    TARGET,
    { transport: "tcp", hostname: "127.0.0.1", port: 5353 },
  ]);
  assertEquals(config.policy, "balance");
});

Deno.test("parseCommandLine() takes --isolate client and --isolate listener, and nothing else", () => {
  for (const whom of ["client", "listener"] as const) {
    assertEquals(run("--isolate", whom).config.isolate, whom);
  }
  for (const [whom, near] of [["clients", "client"], ["Client", "client"], ["none", ""]]) {
    const error = assertThrows(() => run("--isolate", whom), ConfigError);
    const hint = near === "" ? "" : `; did you mean ${near}?`;
    assertEquals(error.message, `--isolate "${whom}": allowed are client, listener${hint}`);
  }
  assertThrows(() => run("--isolate="), ConfigError, "--isolate: needs a value: WHOM");
});

Deno.test("parseCommandLine() takes --ca, --allow, --truncate and --allow-key-log", () => {
  const given = run(
    "--ca",
    "a.pem",
    "--ca=b.pem",
    "--allow",
    "203.0.113.0/24",
    "--allow=2001:db8::1",
  );
  assertEquals(given.caFiles, ["a.pem", "b.pem"]);
  assertEquals(given.config.allow, ["203.0.113.0/24", "2001:db8::1"]);
  assertEquals([given.config.truncate, given.allowKeyLog], [false, false]);
  const switches = run("--truncate", "--allow-key-log");
  assertEquals([switches.config.truncate, switches.allowKeyLog], [true, true]);
});

Deno.test("parseCommandLine() takes levels by number and name, formats by name, the last one given", () => {
  const cases: [string[], number][] = [
    [["--log-level", "0"], 0],
    [["--log-level=7"], 7],
    [["--log-level", "warning"], 4],
    [["--loglevel", "debug"], 7],
    [["--loglevel", "3"], 3],
    [["--log-level", "3", "--log-level", "5"], 5],
  ];
  for (const [args, level] of cases) assertEquals(run(...args).log.level, level, args.join(" "));
  for (const format of ["human", "kernel", "daemon", "json"] as const) {
    assertEquals(run("--log-format", format).log.format, format);
    assertEquals(run(`--logformat=${format}`).log.format, format);
  }
});

Deno.test("parseCommandLine() takes levels for what lines are about, beside that for the rest", () => {
  const cases: [string, number, Record<string, number>][] = [
    ["warning,upstream=debug", 4, { upstream: 7 }],
    ["upstream=7", 6, { upstream: 7 }],
    ["listener=3,error,config=info,listener=4", 3, { listener: 4, config: 6 }],
  ];
  for (const [text, level, levels] of cases) {
    const { log } = run("--log-level", text);
    assertEquals([log.level, log.levels], [level, levels], text);
  }
});

Deno.test("parseCommandLine() takes the size and number of log files", () => {
  const sizes: [string, number][] = [
    ["0", 0],
    ["64k", 65_536],
    ["100000", 100_000],
    ["10M", 10_485_760],
    ["1024M", 1 << 30],
  ];
  for (const [text, size] of sizes) {
    assertEquals(run("--log-max-size", text).logRotation.maxSize, size, text);
  }
  assertEquals(["0", "99"].map((text) => run("--log-keep", text).logRotation.keep), [0, 99]);
});

Deno.test("parseCommandLine() takes a resolver for the upstream's name, on port 53 unless told otherwise", () => {
  const cases: [string, string, number][] = [
    ["192.0.2.1", "192.0.2.1", 53],
    ["192.0.2.1:5353", "192.0.2.1", 5353],
    ["[2001:db8::1]:54", "2001:db8::1", 54],
    ["2001:db8::1", "2001:db8::1", 53],
  ];
  for (const [text, hostname, port] of cases) {
    assertEquals(run("--bootstrap", text).config.bootstrap, [{ hostname, port }]);
  }
});

Deno.test("parseCommandLine() takes --bootstrap many times, in order", () => {
  const given = run("--bootstrap", "192.0.2.1", "--bootstrap=[2001:db8::1]:5353");
  assertEquals(given.config.bootstrap, [
    { hostname: "192.0.2.1", port: 53 },
    { hostname: "2001:db8::1", port: 5353 },
  ]);
});

Deno.test("parseCommandLine() takes the three ways to receive datagrams", () => {
  for (const way of ["auto", "plain", "batch"] as const) {
    assertEquals(run("--udp-io", way).config.udpIo, way);
  }
});

Deno.test("parseCommandLine() takes limits, many times", () => {
  const { limits } = run("--limit", "tcp-idle=30", "--limit=tcp-in-flight=1").config;
  assertEquals(limits, { ...DEFAULT_LIMITS, tcpIdleSeconds: 30, tcpInFlight: 1 });
});

const FORMS = "allowed are tls://ADDRESS[:853][#NAME][?OPTIONS], tls://NAME[:853][?OPTIONS], " +
  "tcp://ADDRESS:PORT and unix:PATH";
const LEVELS =
  "allowed are 0 to 7 or emergency, alert, critical, error, warning, notice, info, debug";
const LIST =
  `${LEVELS}; with commas, and CATEGORY=LEVEL for service, config, instance, listener, ` +
  "upstream, clock, state, log";
const SIZES = "expected a size from 64k to 1024M, as in 500k or 10M, or 0 for no limit";
const MISSING = `--upstream: missing; say which resolver to ask, for example one of
  --upstream tls://9.9.9.9#dns.quad9.net
  --upstream tls://1.1.1.1#one.one.one.one
  --upstream tls://8.8.8.8#dns.google`;

/** Arguments, after an upstream, and what the user is told. */
const MISTAKES: readonly [string[], string][] = [
  [["begin"], `Command "begin": allowed are ${COMMANDS.join(", ")}`],
  [["help", "me"], `Command "me": allowed are ${COMMANDS.join(", ")}`],
  [["run", "now"], 'Argument "now": not expected; see dnsfwd --help'],
  [["--foo"], 'Option "--foo": unknown; see dnsfwd --help'],
  [["--foo=1"], 'Option "--foo=1": unknown; see dnsfwd --help'],
  [["-x"], 'Option "-x": unknown; see dnsfwd --help'],
  [["--no-truncate"], 'Option "--no-truncate": unknown; --truncate is off unless it is given'],
  [["--connect-tcps", "x"], 'Option "--connect-tcps": unknown; did you mean --connect-tcp?'],
  [["--lisen=127.0.0.1"], 'Option "--lisen=127.0.0.1": unknown; did you mean --listen?'],
  [["--log_level", "7"], 'Option "--log_level": unknown; did you mean --log-level?'],
  [["--usptream", "x"], 'Option "--usptream": unknown; did you mean --upstream?'],
  [["--once"], 'Option "--once": not for the command run; it belongs to demo'],
  [["--truncate=no"], '--truncate "no": takes no value'],
  [["--help=yes"], '--help "yes": takes no value'],
  [["--listen"], "--listen: needs a value: ADDR[:PORT]"],
  [["--listen="], "--listen: needs a value: ADDR[:PORT]"],
  [["--listen", "--truncate"], "--listen: needs a value: ADDR[:PORT]"],
  [["--ca"], "--ca: needs a value: FILE"],
  [["--allow"], "--allow: needs a value: NETWORK"],
  [["--log-level"], "--log-level: needs a value: 0..7"],
  [["--log-format"], "--log-format: needs a value: FORMAT"],
  [["--log-level", "8"], `--log-level "8": ${LEVELS}`],
  [["--log-level", "loud"], `--log-level "loud": ${LEVELS}`],
  [["--log-level", "info,"], `--log-level "info,": ${LIST}`],
  [["--log-level", "dns=debug"], `--log-level "dns=debug": ${LIST}`],
  [["--log-level", "upstream="], `--log-level "upstream=": ${LIST}`],
  [["--log-level", "upstream=a=7"], `--log-level "upstream=a=7": ${LIST}`],
  [["--log-max-size", "10"], `--log-max-size "10": ${SIZES}`],
  [["--log-max-size", "63k"], `--log-max-size "63k": ${SIZES}`],
  [["--log-max-size", "1025M"], `--log-max-size "1025M": ${SIZES}`],
  [["--log-max-size", "1 M"], `--log-max-size "1 M": ${SIZES}`],
  [["--log-max-size", "1G"], `--log-max-size "1G": ${SIZES}`],
  [["--log-keep=-1"], '--log-keep "-1": expected a number from 0 to 99'],
  [["--log-keep", "100"], '--log-keep "100": expected a number from 0 to 99'],
  [["--log-level", "06"], `--log-level "06": ${LEVELS}`],
  [
    ["--bootstrap", "dns.example"],
    '--bootstrap "dns.example": expected ADDR[:PORT], as in 192.0.2.1',
  ],
  [
    ["--bootstrap", "192.0.2.1:0"],
    '--bootstrap "192.0.2.1:0": expected ADDR[:PORT], as in 192.0.2.1',
  ],
  [["--udp-io", "fast"], '--udp-io "fast": allowed are auto, plain, batch'],
  [["--udp-io"], "--udp-io: needs a value: HOW"],
  [["--limit"], "--limit: needs a value: NAME=NUMBER"],
  [["--limit", "tcp-idle=1"], '--limit "tcp-idle=1": expected a number from 2 to 3600'],
  [["--log-format", "xml"], '--log-format "xml": allowed are human, kernel, daemon, json'],
  [
    ["--allow", "10/8"],
    '--allow "10/8": expected a network like 203.0.113.0/24 or 2001:db8::/32',
  ],
  [
    ["--listen", "localhost"],
    '--listen "localhost": expected ADDR[:PORT] with an IPv4 address or an IPv6 address in brackets',
  ],
  [
    ["--listen", "127.0.0.1:domain"],
    '--listen "127.0.0.1:domain": port "domain" is not a number from 0 to 65535',
  ],
  [
    ["--upstream", "tls://192.0.2.54", "--connect-tcp", "127.0.0.1:53", "--upstream", UPSTREAM],
    `--upstream "${UPSTREAM}": given more than once`,
  ],
  [
    Array.from({ length: 8 }, (_, at) => `--upstream=tls://192.0.2.${at}`),
    '--upstream "tls://192.0.2.7": at most 8 are allowed',
  ],
  [["--policy", "fastest"], '--policy "fastest": allowed are failover, balance, race'],
];

Deno.test("parseCommandLine() names option, value and what is allowed in every mistake", () => {
  for (const [args, message] of MISTAKES) {
    const error = assertThrows(
      () => parseCommandLine(["--upstream", UPSTREAM, ...args]),
      ConfigError,
      undefined,
      args.join(" "),
    );
    assertEquals(error.message, message, args.join(" "));
  }
});

Deno.test("parseCommandLine() says which upstream to give, in every mistake about it", () => {
  const cases: [string[], string][] = [
    [[], MISSING],
    [["run"], MISSING],
    [["--upstream"], "--upstream: needs a value: URI"],
    [["--upstream="], "--upstream: needs a value: URI"],
    [["--connect-tcp"], "--connect-tcp: needs a value: ADDRESS:PORT"],
    [["--upstream", "192.0.2.1"], `--upstream "192.0.2.1": did you mean tls://192.0.2.1? ${FORMS}`],
    [["query", "www.example"], MISSING],
    [["doctor"], MISSING],
    [["doctor", "192.0.2.1"], `--upstream "192.0.2.1": did you mean tls://192.0.2.1? ${FORMS}`],
    [
      ["doctor", UPSTREAM, "--upstream", "tls://192.0.2.1"],
      `--upstream "${UPSTREAM.replace("#", ":853#")}": one is examined at a time`,
    ],
    [["doctor", UPSTREAM, "--idle", "601"], '--idle "601": expected seconds from 0 to 600'],
    [["doctor", UPSTREAM, "--idle"], "--idle: needs a value: SECONDS"],
    [
      ["status", "--watch", "--interval", "0"],
      '--interval "0": expected seconds from 1 to 3600',
    ],
    [["status", "--interval", "5"], '--interval "5": needs --watch as well'],
    [["status", "--watch=5"], '--watch "5": takes no value'],
    [
      ["stop", "--json"],
      'Option "--json": not for the command stop; it belongs to status and check',
    ],
    [
      ["doctor", UPSTREAM, "--once"],
      'Option "--once": not for the command doctor; it belongs to demo',
    ],
    [
      ["query", "--upstream", UPSTREAM, "--limit", "a"],
      'Option "--limit": not for the command query; it belongs to run, ensure, start, restart and check',
    ],
    [
      ["demo", "--upstream", UPSTREAM],
      'Option "--upstream": not for the command demo; it belongs to run, ensure, start, restart, check, query and doctor',
    ],
    [
      ["demo", "--connect-tcp", "127.0.0.1:5"],
      'Option "--connect-tcp": not for the command demo; it belongs to run, ensure, start, restart, check, query and doctor',
    ],
    [
      ["demo", "--bind-udp", "127.0.0.1"],
      'Option "--listen": not for the command demo; it belongs to run, ensure, start, restart and check',
    ],
    [
      ["demo", "--truncate"],
      'Option "--truncate": not for the command demo; it belongs to run, ensure, start, restart and check',
    ],
    [
      ["demo", "--limit", "tcp-idle=3"],
      'Option "--limit": not for the command demo; it belongs to run, ensure, start, restart and check',
    ],
  ];
  for (const [args, message] of cases) {
    const error = assertThrows(
      () => parseCommandLine(args),
      ConfigError,
      undefined,
      args.join(" "),
    );
    assertEquals(error.message, message, args.join(" "));
  }
});

Deno.test("parseCommandLine() takes the options of run for the commands that start it", () => {
  for (const name of ["ensure", "start", "restart"] as const) {
    const command = parseCommandLine([name, "--upstream", UPSTREAM, "--listen", "192.0.2.1"]);
    assertEquals(command, {
      name,
      run: run("--listen", "192.0.2.1"),
      args: ["--listen=192.0.2.1", `--upstream=${UPSTREAM}`],
      printCrontab: false,
    });
  }
});

Deno.test("parseCommandLine() refuses options that make no sense for a command that starts run", () => {
  const cases = [
    [
      ["start", "--print-crontab"],
      'Option "--print-crontab": not for the command start; it belongs to ensure',
    ],
    [["ensure", "--background"], 'Option "--background": not for the command ensure'],
    [
      ["stop", "--version"],
      'Option "--version": not for the command stop; it belongs to run, ensure, start, restart and check',
    ],
    [["ensure", "--once"], 'Option "--once": not for the command ensure; it belongs to demo'],
    [["ensure", "--listen", "x"], '--listen "x": '],
    [["ensure", "again"], 'Argument "again": not expected'],
  ] as const;
  for (const [args, message] of cases) {
    assertThrows(
      () => parseCommandLine([...args, "--upstream", UPSTREAM]),
      ConfigError,
      message,
    );
  }
});
