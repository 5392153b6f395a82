/**
 * The lines of crontab(5) that start the program and keep it running. An argument must reach the program
 * unchanged through cron, of which there are several kinds, and through the shell.
 */

import { ConfigError } from "../settings/config_error.ts";

/** Debian's cron refuses a longer command; others refuse longer ones only. */
const MAX_COMMAND = 998;

/**
 * Two entries for the command of these words, at boot and every minute, below a comment that says that they
 * are for `place`. Throws `ConfigError`.
 */
export function crontabText(words: readonly string[], place: string): string {
  const command = words.map(quoteForCron).join(" ");
  if (command.length > MAX_COMMAND) {
    const allowed = `at most ${MAX_COMMAND} characters fit into a line of a crontab; give fewer ` +
      "options or put them into a configuration file";
    throw new ConfigError("--print-crontab", undefined, allowed);
  }
  return [
    `# dnsfwd, for ${place}: started at boot, looked after every minute`,
    `@reboot ${command}`,
    `* * * * * ${command}`,
  ].join("\n");
}

/**
 * A word as the shell is to read it from a crontab. Cron ends the command at a percent sign unless there is a
 * backslash before it, which some take away and others leave to the shell: outside quotes both come to the
 * same. Some take one of two backslashes in a row, which therefore never stand together.
 */
export function quoteForCron(word: string): string {
  if (/[\r\n\0]/.test(word)) {
    throw new ConfigError("Argument", word, "the end of a line cannot stand in a crontab");
  }
  if (/^[\w@+:,./=#[\]-]+$/.test(word) && !/^#|\[.*\]/.test(word)) return word;
  const quoted = word
    .replaceAll("'", `'"'"'`)
    .replaceAll("\\", `\\''`)
    .replaceAll("%", `'\\%'`);
  return `'${quoted}'`;
}
