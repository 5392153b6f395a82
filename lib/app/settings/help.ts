/** The texts of `--help`, made from the table of options. */

import { type CommandName, COMMANDS, isLikeRun } from "./commands.ts";
import type { Option } from "./option.ts";
import { OPTIONS } from "./options.ts";

const USAGE: Readonly<Record<CommandName, string>> = {
  run: `Usage: dnsfwd [run] [--listen ADDR[:PORT]]... --upstream URI [OPTION]...

Takes the DNS queries of local clients, over UDP and TCP, and asks them all of
one resolver over one persistent TLS connection.`,
  ensure: `Usage: dnsfwd ensure [OPTION]... [--print-crontab]

For cron: does nothing and says nothing when dnsfwd is running and well, starts
it in the background otherwise, and replaces one that does not answer. Takes all
options of run (dnsfwd help run) and passes them on. --print-crontab prints the
lines for the crontab: at boot, and every minute.

Exit codes: 0 it runs, 1 it could not be started and standard error says why,
2 wrong usage.`,
  start: `Usage: dnsfwd start [OPTION]...

Starts dnsfwd in the background, unless it is running and well, and says what it
did. Takes all options of run (dnsfwd help run) and passes them on.

Exit codes: 0 it runs, 1 it could not be started, 2 wrong usage.`,
  restart: `Usage: dnsfwd restart [OPTION]...

Ends the dnsfwd that is running, if one is, and starts another in the
background. Takes all options of run (dnsfwd help run) and passes them on: it
does not know those of the one that ends.

Exit codes: 0 it runs, 1 it could not be started, 2 wrong usage.`,
  status: `Usage: dnsfwd status [--runtime-dir DIR]

Says what the running dnsfwd does: since when, where it listens, whom it asks, how
many queries it answered, whether it works.

Exit codes: 0 it works, 1 it does not or is not running, 2 wrong usage.`,
  reload: `Usage: dnsfwd reload [--runtime-dir DIR]

Has the running dnsfwd read its configuration again, and returns once it is in use,
in 30 seconds at most. If it cannot be used, the reason is printed and nothing
changes.

Exit codes: 0 done, 1 not done, 2 wrong usage.`,
  reset: `Usage: dnsfwd reset [--runtime-dir DIR]

Has the running dnsfwd renew its connections to upstreams; nothing is lost.

Exit codes: 0 done, 1 not done, 2 wrong usage.`,
  stop: `Usage: dnsfwd stop [--runtime-dir DIR]

Ends the running dnsfwd once what is in flight is answered, and returns when it is
gone. If that takes longer than 5 seconds, it is killed.

Exit codes: 0 none is running any more, 1 it cannot be ended, 2 wrong usage.`,
  check: `Usage: dnsfwd check [--config FILE] [OPTION of run]...

Tells whether "run" with these options could serve: everything that is wrong, in
the configuration file (with its line), on the command line, in other files, and
with the addresses to listen on. Changes nothing.

Exit codes: 0 it could, 1 this machine does not let it, 2 wrong settings.`,
  config: `Usage: dnsfwd config --print-default | --print-schema

Prints what helps to write a configuration file:
  mkdir -p /etc/dnsfwd
  dnsfwd config --print-default >/etc/dnsfwd/dnsfwd.toml`,
  query: `Usage: dnsfwd query NAME [TYPE] --upstream URI [OPTION]...

Asks an upstream one question, over a connection like the forwarder's, and prints
the answer as dig does. TYPE is A unless given: AAAA, MX, HTTPS, TYPE65, ... Of
several upstreams each is asked in turn.

Exit codes: 0 an upstream responded (also that there is no such name), 1 none did,
2 wrong usage.`,
  doctor: `Usage: dnsfwd doctor [--upstream] URI [OPTION]...

Examines an upstream and prints what it finds: addresses, times to connect,
TLS, certificates with names, days left and pins, whether they verify; padding,
keepalive, order of answers, how many queries it works on at a time, when it ends
idle connections; and how to use it.

Exit codes: 0 it can be used (it connects, verifies, answers), 1 it cannot,
2 wrong usage.`,
  demo: `Usage: dnsfwd demo [--once]

Shows the whole thing without network or configuration: starts a resolver of its
own with DNS over TLS, asks a few hundred queries through the forwarder, cuts the
connection in the middle, and tells what happened.`,
  help: `Usage: dnsfwd help [COMMAND]

Shows the help of a command:
${COMMANDS.filter((name) => name !== "help").join(", ")}.`,
};

const EXAMPLES = `Examples:
  dnsfwd --upstream tls://9.9.9.9#dns.quad9.net
  dnsfwd --listen 192.168.1.1 --upstream tls://1.1.1.1#one.one.one.one
  dnsfwd --listen 127.0.0.1:5300 --upstream tcp://127.0.0.1:5301

Signals: SIGTERM and SIGINT end the program once what is in flight is answered
(1 s at most); SIGHUP reads the configuration and the files that it names again,
and renews the connections to upstreams; SIGUSR1 opens the log file again;
SIGUSR2 logs a summary.
Exit codes: 0 ended on request, 1 failed while running (also where the program
finds, each minute, that it no longer answers), 2 wrong usage.`;

/** The help of a command, or of the program. */
export function helpText(topic: CommandName | undefined): string {
  if (topic === "help") return USAGE.help;
  if (topic && topic !== "run") return `${USAGE[topic]}\n\n${optionsText(topic)}`;
  const commands = topic === "run" ? "" : `Commands:
  run      Forward queries (also without the word)
  ensure   See to it that it runs, in the background; for cron
  start    Start it in the background
  restart  End the one that runs and start another
  status   Say what the running dnsfwd does, and whether it works
  reload   Have it read its configuration again
  reset    Have it renew its connections to upstreams
  stop     End it, and return when it is gone
  check    Tell what is wrong with the configuration, without serving
  config   Print a configuration file with the defaults, or its schema
  query    Ask an upstream one question and print the answer
  doctor   Examine an upstream: certificate, times, what it can do
  demo     Show everything on this machine alone, without configuration
  help     Show the help of a command: dnsfwd help COMMAND

`;
  return `${USAGE.run}\n\n${commands}${optionsText("run")}\n\n${EXAMPLES}`;
}

function optionsText(command: CommandName): string {
  const lines = OPTIONS.filter(({ commands, isInternal }) =>
    commands.includes(command) && !isInternal
  ).flatMap(optionLines);
  const more = isLikeRun(command) ? ["  and all of dnsfwd help run"] : [];
  return ["Options:", ...lines, ...more].join("\n");
}

function optionLines(option: Option): string[] {
  const short = option.aliases.find((alias) => alias.length === 1);
  const long = `--${option.name}${option.value ? ` ${option.value}` : ""}`;
  const label = `  ${short ? `-${short}, ` : ""}${long}`;
  const others = option.aliases.filter((alias) => alias.length > 1).map((alias) => `--${alias}`);
  const help = others.length > 0 ? [...option.help, `(also ${others.join(", ")})`] : option.help;
  return help.map((line, index) => `${(index === 0 ? label : "").padEnd(25)} ${line}`);
}
