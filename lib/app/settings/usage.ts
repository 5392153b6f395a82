/**
 * The words about each command: what `--help` and the manual page are made of, beside the table of options.
 * Texts are wrapped at 80 columns; paragraphs are apart by an empty line, and a line that begins with blanks
 * is shown as it is.
 */

import { type CommandName, COMMANDS } from "./commands.ts";

export interface Usage {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** The command line. */
  readonly synopsis: string;
  readonly about: string;
}

export const USAGE: Readonly<Record<CommandName, Usage>> = {
  run: {
    summary: "Forward queries (also without the word)",
    synopsis: "dnsfwd [run] [--listen ADDR[:PORT]]... --upstream URI [OPTION]...",
    about: `Takes the DNS queries of local clients, over UDP and TCP, and asks them all of
one resolver over one persistent TLS connection.`,
  },
  ensure: {
    summary: "Keep it running, in the background; for cron",
    synopsis: "dnsfwd ensure [OPTION]... [--print-crontab]",
    about: `For cron: does nothing and says nothing when dnsfwd is running and well, starts
it in the background otherwise, and replaces one that does not answer. Takes all
options of run (dnsfwd help run) and passes them on. --print-crontab prints the
lines for the crontab: at boot, and every minute.

Exit codes: 0 it runs, 1 it could not be started and standard error says why,
2 wrong usage.`,
  },
  start: {
    summary: "Start it in the background",
    synopsis: "dnsfwd start [OPTION]...",
    about: `Starts dnsfwd in the background, unless it is running and well, and says what it
did. Takes all options of run (dnsfwd help run) and passes them on.

Exit codes: 0 it runs, 1 it could not be started, 2 wrong usage.`,
  },
  restart: {
    summary: "End the one that runs and start another",
    synopsis: "dnsfwd restart [OPTION]...",
    about: `Ends the dnsfwd that is running, if one is, and starts another in the
background. Takes all options of run (dnsfwd help run) and passes them on: it
does not know those of the one that ends.

Exit codes: 0 it runs, 1 it could not be started, 2 wrong usage.`,
  },
  status: {
    summary: "Say whether it works, who is slow, and all that it counts",
    synopsis: "dnsfwd status [--json] [--events | --watch [--interval SECONDS]] [OPTION]...",
    about: `Says whether the running dnsfwd works and, when DNS is slow, who is the culprit;
then how each upstream is and has been, how much clients ask and how long they
wait, over a minute and a quarter of an hour, what they get, how full the tables
are, and the program itself. Counts are since the start. --watch shows it in
place on a terminal, one below the other elsewhere, and waits for a dnsfwd that
is gone. --events shows what happened last instead, more than the log has.

It is working; degraded, while one of several upstreams is down or more than 5 %
of the last minute's queries had no response; or failing, while no upstream works
or half of these queries had none. The first line tells.

Exit codes: 0 working or degraded (with --watch: ended on request), 1 it does not
run, or does not answer, 2 wrong usage, 3 failing.`,
  },
  reload: {
    summary: "Have it read its configuration again",
    synopsis: "dnsfwd reload [--runtime-dir DIR]",
    about: `Has the running dnsfwd read its configuration again, and returns once it is in use,
in 30 seconds at most. If it cannot be used, the reason is printed and nothing
changes.

Exit codes: 0 done, 1 not done, 2 wrong usage.`,
  },
  reset: {
    summary: "Have it renew its connections to upstreams",
    synopsis: "dnsfwd reset [--runtime-dir DIR]",
    about: `Has the running dnsfwd renew its connections to upstreams; nothing is lost.

Exit codes: 0 done, 1 not done, 2 wrong usage.`,
  },
  stop: {
    summary: "End it, and return when it is gone",
    synopsis: "dnsfwd stop [--runtime-dir DIR]",
    about: `Ends the running dnsfwd once what is in flight is answered, and returns when it is
gone. If that takes 5 seconds longer than the time for which it goes on serving
(--drain of run), it is killed. Asked again meanwhile, it ends at once.

Exit codes: 0 none is running any more, 1 it cannot be ended, 2 wrong usage.`,
  },
  check: {
    summary: "Tell what is wrong with the configuration, without serving",
    synopsis: "dnsfwd check [--json] [--connect] [--no-listen] [OPTION of run]...\n" +
      "       dnsfwd check --ready [--listen ADDR[:PORT]]... [OPTION of run]...",
    about: `Tells whether "run" with these options could serve: everything that is wrong, in
the configuration file (with its line), on the command line, in other files, and
with the addresses to listen on. Changes nothing. --connect also connects to
each upstream and asks it a question. --no-listen checks settings and the files
that they name only, for a configuration that is meant for another machine.
--json prints all findings for programs.

--ready asks the dnsfwd that runs instead, whether it is ready for clients: over
its control socket, and over DNS at the addresses of --listen, or else at those
that it listens on. It takes less than a second, prints one line, and is meant
for what sends clients there: keepalived, exabgp, the health check of a
container.

Exit codes: 0 it could (with --connect: and an upstream works; with --ready: it
is ready), 1 this machine does not let it, no upstream works, or it is not
ready, 2 wrong settings.`,
  },
  config: {
    summary: "Print a configuration file with the defaults, or its schema",
    synopsis: "dnsfwd config --print-default | --print-schema",
    about: `Prints what helps to write a configuration file:
  mkdir -p /etc/dnsfwd
  dnsfwd config --print-default >/etc/dnsfwd/dnsfwd.toml`,
  },
  query: {
    summary: "Ask an upstream one question and print the answer",
    synopsis: "dnsfwd query NAME [TYPE] --upstream URI [OPTION]...",
    about: `Asks an upstream one question, over a connection like the forwarder's, and prints
the answer as dig does. TYPE is A unless given: AAAA, MX, HTTPS, TYPE65, ... Of
several upstreams each is asked in turn.

Exit codes: 0 an upstream responded (also that there is no such name), 1 none did,
2 wrong usage.`,
  },
  doctor: {
    summary: "Examine an upstream: certificate, times, what it can do",
    synopsis: "dnsfwd doctor [--upstream] URI [OPTION]...",
    about: `Examines an upstream and prints what it finds: addresses, times to connect,
TLS, certificates with names, days left and pins, whether they verify; padding,
keepalive, order of answers, how many queries it works on at a time, when it ends
idle connections; and how to use it.

Exit codes: 0 it can be used (it connects, verifies, answers), 1 it cannot,
2 wrong usage.`,
  },
  demo: {
    summary: "Show everything on this machine alone, without configuration",
    synopsis: "dnsfwd demo [--once]",
    about: `Shows the whole thing without network or configuration: starts a resolver of its
own with DNS over TLS, asks a few hundred queries through the forwarder, cuts the
connection in the middle, and tells what happened. At a terminal it then goes on, for
queries of your own, until Ctrl-C; elsewhere it ends by itself.

Exit codes: 0 ended by Ctrl-C, or every query was answered, 1 one was not, 2 wrong usage.`,
  },
  help: {
    summary: "Show the help of a command: dnsfwd help COMMAND",
    synopsis: "dnsfwd help [COMMAND]",
    about: `Shows the help of a command:
${COMMANDS.filter((name) => name !== "help").join(", ")}.`,
  },
};

/** Command lines to begin with. */
export const EXAMPLES: readonly string[] = [
  "dnsfwd --upstream tls://9.9.9.9#dns.quad9.net",
  "dnsfwd --listen 192.168.1.1 --upstream tls://1.1.1.1#one.one.one.one",
  "dnsfwd --listen 127.0.0.1:5300 --upstream tcp://127.0.0.1:5301",
];

/** What signals do to the forwarder, from behind a label on. */
export const SIGNALS = `SIGTERM and SIGINT end the program: it goes on serving for the time of
--drain, which another one cuts short, and answers what is in flight (1 s at
most); SIGHUP reads the configuration and the files that it names again, and
renews the connections to upstreams; SIGUSR1 opens the log file again;
SIGUSR2 logs a summary, SIGQUIT what happened last, more than the log has
otherwise.`;

/** The exit codes of `run`, from behind a label on. */
export const EXIT_CODES = `0 ended on request, 1 failed while running (also where the program
finds, each minute, that it no longer answers), 2 wrong usage.`;
