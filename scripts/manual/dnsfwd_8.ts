/** The manual page dnsfwd(8), of the table of options and the words of `--help`. */

import { COMMANDS } from "../../lib/app/settings/commands.ts";
import { OPTIONS } from "../../lib/app/settings/options.ts";
import { EXAMPLES, EXIT_CODES, SIGNALS, USAGE } from "../../lib/app/settings/usage.ts";
import { ENVIRONMENT } from "./environment.ts";
import { optionItem } from "./option_items.ts";
import {
  bold,
  escaped,
  example,
  italic,
  item,
  paragraph,
  paragraphs,
  prose,
  section,
  seeAlso,
  subsection,
  title,
} from "./roff.ts";
import { UPSTREAM_FORMS, UPSTREAM_OPTIONS } from "./upstreams.ts";

const FILES: Readonly<Record<string, string>> = {
  "/etc/dnsfwd/dnsfwd.toml": "The configuration file of the system, see dnsfwd.toml(5).",
  "~/.config/dnsfwd/dnsfwd.toml": "That of a user other than root, which is looked for first.",
  "/var/lib/dnsfwd": "State of root's dnsfwd: addresses of upstreams given by name, and the time " +
    "last known to be right.",
  "~/.local/state/dnsfwd": "State of a user's dnsfwd.",
  "/run/dnsfwd": "The lock and the control socket of root's dnsfwd while it runs.",
  "/var/log/dnsfwd.log": "The log of root's dnsfwd in the background.",
};
const PAGES = ["dnsfwd.toml(5)", "dig(1)", "resolv.conf(5)", "systemd.service(5)", "crontab(5)"];

/** The page; `date` is `YYYY-MM-DD`. */
export function dnsfwdPage(version: string, date: string): string {
  const lines = [
    ...title({ name: "dnsfwd", section: 8, date, version, manual: "System Administration" }),
    ...section("NAME"),
    `${escaped("dnsfwd")} \\- ${escaped("forward DNS queries over one encrypted connection")}`,
    ...synopsis(),
    ...section("DESCRIPTION"),
    ...description(),
    ...section("COMMANDS"),
    ...COMMANDS.flatMap(commandText),
    ...optionsText(),
    ...upstreamsText(),
    ...section("FILES"),
    ...Object.entries(FILES).flatMap(([path, text]) => item(italic(path), prose(text))),
    ...paragraph("Options and variables of the environment choose other places."),
    ...section("SIGNALS"),
    ...paragraphs(SIGNALS),
    ...section("ENVIRONMENT"),
    ...Object.entries(ENVIRONMENT).flatMap(([name, text]) => item(bold(name), prose(text))),
    ...section("EXIT STATUS"),
    ...paragraph(`Of the forwarder: ${EXIT_CODES}`),
    ...paragraph("Those of the other commands stand with the commands."),
    ...examples(),
    ...seeAlso(PAGES),
    ...paragraph(
      "RFC 7858 (DNS over TLS), RFC 8310 (how a resolver is authenticated), RFC 7766 (DNS over " +
        "TCP), RFC 8914 (extended errors).",
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** Each command's line, without filling: one below the other. */
function synopsis(): string[] {
  const lines = COMMANDS.flatMap((command) => {
    const [program, ...rest] = USAGE[command].synopsis.split(" ");
    return [`${bold(program)} ${escaped(rest.join(" "))}`, ".br"];
  });
  return [...section("SYNOPSIS"), ...lines.slice(0, -1)];
}

function description(): string[] {
  return [
    ...paragraphs(USAGE.run.about),
    ...paragraph(
      "Many queries share one handshake, and what is in flight when a connection ends is asked " +
        "again on the next. With TLS the certificate of the resolver must be valid for its name " +
        "or address, or nothing is sent; there is no fallback to clear text.",
    ),
    ...paragraph(
      "Settings come from the command line and from a configuration file, dnsfwd.toml(5), which " +
        "has the same names; the command line wins.",
    ),
  ];
}

function commandText(command: typeof COMMANDS[number]): string[] {
  const { summary, about } = USAGE[command];
  const [, first = "", ...rest] = USAGE[command].synopsis.split(" ");
  const words = first === "[run]" ? "run" : [first, ...rest].join(" ");
  const text = command === "run"
    ? `${summary}. Options of run may be given with no command.`
    : about;
  return [...subsection(words), ...paragraphs(text)];
}

function optionsText(): string[] {
  return [
    ...section("OPTIONS"),
    ...paragraph(
      "Where no command is named, an option is for run, and for ensure, start, restart and check, " +
        "which take all options of run. A value follows as the next word or behind an equals " +
        "sign. Options that may be repeated say so here, or are lists in dnsfwd.toml(5).",
    ),
    ...OPTIONS.filter(({ isInternal }) => !isInternal).flatMap(optionItem),
  ];
}

function upstreamsText(): string[] {
  return [
    ...section("UPSTREAMS"),
    ...Object.entries(UPSTREAM_FORMS).flatMap(([form, text]) => item(bold(form), prose(text))),
    ...paragraph(
      "Behind the question mark of a tls: URI, with & between them (so quote the URI in a shell):",
    ),
    ...Object.entries(UPSTREAM_OPTIONS).flatMap(([form, text]) => item(bold(form), prose(text))),
    ...paragraph(
      "In the name of a file %, & and # are written %25, %26 and %23. An address with pins and no " +
        "name is authenticated by the pins alone.",
    ),
  ];
}

function examples(): string[] {
  return [
    ...section("EXAMPLES"),
    ...paragraph("A public resolver, one for a network, and another program that does the TLS:"),
    ...example(EXAMPLES),
    ...paragraph("By a file, tried before it is used:"),
    ...example([
      "dnsfwd config --print-default >/etc/dnsfwd/dnsfwd.toml",
      "dnsfwd check --connect",
      "dnsfwd",
    ]),
    ...paragraph("Kept running by cron; this prints the lines for crontab(5):"),
    ...example(["dnsfwd ensure --upstream tls://9.9.9.9#dns.quad9.net --print-crontab"]),
    ...paragraph("What an upstream can do, and one question to it:"),
    ...example([
      "dnsfwd doctor tls://9.9.9.9#dns.quad9.net",
      "dnsfwd query example.org MX --upstream tls://9.9.9.9#dns.quad9.net",
    ]),
  ];
}
