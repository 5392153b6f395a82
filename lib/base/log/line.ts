/** A line of the log: what it consists of, and the forms in which it is written. */

/** Syslog severities by number (RFC 5424, 6.2.1) and the names that people use. */
export const LOG_LEVELS = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "info",
  "debug",
] as const;
export type LogLevel = typeof LOG_LEVELS[number];

export const LOG_FORMATS = ["human", "kernel", "daemon", "json"] as const;
export type LogFormat = typeof LOG_FORMATS[number];

/** What a line is about. */
export const LOG_CATEGORIES = [
  /** Start and end, rights, the service manager, the self-check, mistakes of ours. */
  "service",
  /** The configuration and what a reload changes. */
  "config",
  /** The lock and the control socket. */
  "instance",
  /** Addresses that clients are served on. */
  "listener",
  /** Connections to upstreams, their certificates and addresses. */
  "upstream",
  /** The clock of the machine. */
  "clock",
  /** What outlives a run. */
  "state",
  /** The log itself. */
  "log",
] as const;
export type LogCategory = typeof LOG_CATEGORIES[number];

/** Numbers of LOG_LEVELS. */
export const Severity = { ERROR: 3, WARNING: 4, INFO: 6, DEBUG: 7 } as const;

export interface LogLine {
  /** A number of LOG_LEVELS. */
  readonly severity: number;
  readonly category: LogCategory;
  readonly text: string;
  /** The name of the upstream that it is about, where that is one. */
  readonly upstream?: string;
}

/** Facility "daemon" of RFC 5424, 6.2.1, as it stands in a priority. */
const DAEMON_FACILITY = 3 << 3;

/** The line in `format`, without its end. */
export function formatLine(format: LogFormat, line: LogLine, time: Date): string {
  if (format === "json") return formatJson(line, time);
  const { severity } = line;
  const text = visible(line.text);
  if (format === "kernel") return `<${severity}>dnsfwd: ${text}`;
  if (format === "daemon") return `<${DAEMON_FACILITY | severity}>dnsfwd: ${text}`;
  const label = severity <= Severity.ERROR
    ? "Error: "
    : severity === Severity.WARNING
    ? "Warning: "
    : "";
  return `${time.toISOString().slice(0, 19).replace("T", " ")}Z ${label}${text}`;
}

/** The time as in RFC 3339, 5.6, with milliseconds. */
function formatJson({ severity, category, text, upstream }: LogLine, time: Date): string {
  const fields = {
    time: time.toISOString(),
    level: LOG_LEVELS[severity],
    category,
    upstream,
    message: text,
  };
  return escapeControls(JSON.stringify(fields));
}

/** `text` with its control characters but ends of lines and tabs as `\xNN` or `\u{NNNN}`: it may quote a server. */
function visible(text: string): string {
  return text.replace(/(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}

/** JSON lets pass what is beyond ASCII, such as octets that move the cursor or turn the direction of writing. */
function escapeControls(json: string): string {
  return json.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}
