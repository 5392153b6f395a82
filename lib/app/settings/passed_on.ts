/**
 * The options that a command passes on to the forwarder that it starts, which runs in another directory: the
 * names of files are made absolute.
 */

import type { GivenByName } from "./given.ts";
import { type Option } from "./option.ts";
import { OPTIONS } from "./options.ts";

/** The parts of an upstream's options that name files. */
const FILE_PARTS = ["ca", "cert", "key"];
/** Values of the form DIR|none, and the like. */
const NO_FILE = "none";

/**
 * The options of `run` that were typed, each as one argument; and the configuration file that is in use, as the
 * forwarder may look for it in another environment.
 */
export function passedOn(given: GivenByName, configFile: string | undefined): string[] {
  const own = OPTIONS.filter(({ commands }) => commands.includes("run"));
  const args = own.flatMap((option) => argumentsOf(option, given));
  const isNamed = configFile === undefined || args.some((each) => each.startsWith("--config="));
  return isNamed ? args : [`--config=${configFile}`, ...args];
}

function argumentsOf(option: Option, given: GivenByName): string[] {
  const values = given.get(option.name) ?? [];
  if (option.value === undefined) return values.map(() => `--${option.name}`);
  return values.map(({ text, directory }) =>
    `--${option.name}=${absoluteValue(option, text, directory)}`
  );
}

function absoluteValue({ name, isPath }: Option, text: string, folder: string): string {
  if (name === "upstream") return absoluteUpstream(text, folder);
  return isPath && text !== NO_FILE ? absolute(text, folder) : text;
}

/** The socket of `unix:PATH`, and the files behind `?`, where no octet is changed that is not to be. */
function absoluteUpstream(uri: string, folder: string): string {
  const [, socket] = /^unix:(?:\/\/)?(.*)$/is.exec(uri) ?? [];
  if (socket !== undefined) return `unix:${absolute(socket, folder)}`;
  if (/^tcp:/i.test(uri)) return uri;
  const file = new RegExp(`([?&](?:${FILE_PARTS.join("|")})=)(?!/|%2F)`, "gi");
  const escaped = folder.replaceAll(/[%&#?]/g, encodeURIComponent);
  return uri.replaceAll(file, (part) => `${part}${escaped}${escaped.endsWith("/") ? "" : "/"}`);
}

function absolute(path: string, folder: string): string {
  if (path.startsWith("/")) return path;
  return folder.endsWith("/") ? `${folder}${path}` : `${folder}/${path}`;
}
