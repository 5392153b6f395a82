/** The manual page dnsfwd.toml(5): every setting of the configuration file, of the table of options. */

import { defaultPlaces } from "../../lib/app/settings/file/config_file.ts";
import { isSetting, type Option, settingName } from "../../lib/app/settings/option.ts";
import { OPTIONS } from "../../lib/app/settings/options.ts";
import { partItems } from "./option_items.ts";
import {
  bold,
  escaped,
  example,
  indented,
  italic,
  item,
  paragraph,
  prose,
  section,
  seeAlso,
  subsection,
  title,
} from "./roff.ts";
import { listed, sentence } from "./sentences.ts";

const EXAMPLE = `# Two resolvers; the second is asked while the first does not work.
upstream = ["tls://9.9.9.9#dns.quad9.net", "tls://1.1.1.1#one.one.one.one"]
listen = "192.168.1.1"

[limit]
tcp-connections-per-client = 100`;

/** The page; `date` is `YYYY-MM-DD`. */
export function dnsfwdTomlPage(version: string, date: string): string {
  const settings = OPTIONS.filter(isSetting);
  const lines = [
    ...title({ name: "dnsfwd.toml", section: 5, date, version, manual: "File Formats" }),
    ...section("NAME"),
    `${escaped("dnsfwd.toml")} \\- ${escaped("configuration file of dnsfwd(8)")}`,
    ...section("SYNOPSIS"),
    ...places().flatMap((place) => [italic(place), ".br"]).slice(0, -1),
    ...section("DESCRIPTION"),
    ...description(),
    ...section("SETTINGS"),
    ...settings.filter(({ parts }) => !parts).flatMap(settingItem),
    ...settings.flatMap(tableText),
    ...section("EXAMPLE"),
    ...example(EXAMPLE.split("\n")),
    ...seeAlso(["dnsfwd(8)"]),
    ...paragraph("TOML: https://toml.io"),
  ];
  return `${lines.join("\n")}\n`;
}

/** Those of a user, then that of the system. */
function places(): string[] {
  const home = (name: string) => name === "HOME" ? "/~" : undefined;
  return defaultPlaces(home, 1).map((place) => place.replace(/^\/~/, "~"));
}

function description(): string[] {
  return [
    ...paragraph(
      "The file is in TOML. Settings have the names of the options of dnsfwd(8), which describes " +
        "upstreams in full. Options of the command line win, setting by setting and limit by " +
        "limit. Relative paths begin at the directory of the file. Names that are unknown are " +
        "mistakes, and the program does not start with any.",
    ),
    ...paragraph(
      "The first of the files above that exists is used; root has no file of its own, and systemd " +
        "may name another directory than /etc/dnsfwd (CONFIGURATION_DIRECTORY). --config FILE " +
        "names another, --config none uses none. SIGHUP or dnsfwd reload has a running dnsfwd " +
        "read it again.",
    ),
    ...paragraph(
      "dnsfwd check tells all that is wrong with it, dnsfwd config --print-default prints one to " +
        "begin with, and dnsfwd config --print-schema a JSON schema for editors.",
    ),
  ];
}

function settingItem(option: Option): string[] {
  const facts = [`Type: ${typeText(option)}.`, defaultText(option)].filter((each) => each !== "");
  return [
    ...item(bold(settingName(option)), prose(sentence(option.help))),
    ...indented([".PP", prose(facts.join(" "))]),
  ];
}

function typeText({ value, isRepeatable, choices, pattern, range }: Option): string {
  if (value === undefined) return "true or false";
  const number = range === undefined ? "" : `a number from ${range.join(" to ")}`;
  const more = pattern === undefined ? "" : ", or text as above";
  if (choices) {
    return `${number && `${number}, or `}one of ${listed(choices.map(quoted), "or")}${more}`;
  }
  if (range) return number;
  return isRepeatable ? `text (${value}), or a list of such` : `text (${value})`;
}

/** Empty where the default depends on the machine; the description tells it then. */
function defaultText({ value, isRepeatable, defaults, range }: Option): string {
  if (value === undefined) return "Default: false.";
  if (defaults === undefined) return "";
  if (range) return `Default: ${defaults[0]}.`;
  const texts = defaults.map(quoted).join(", ");
  return `Default: ${isRepeatable ? `[${texts}]` : texts}.`;
}

function tableText({ name, parts }: Option): string[] {
  if (!parts) return [];
  return [
    ...subsection(`The table [${name}]`),
    ...paragraph("Whole numbers:"),
    ...partItems(parts),
  ];
}

function quoted(text: string): string {
  return `"${text}"`;
}
