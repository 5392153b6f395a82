/** A logger that keeps what it is told, as `level: text`. */

import type { Logger } from "../../lib/base/log.ts";

export class LogRecorder implements Logger {
  readonly lines: string[] = [];

  readonly debug = (text: string): void => void this.lines.push(`debug: ${text}`);
  readonly info = (text: string): void => void this.lines.push(`info: ${text}`);
  readonly warning = (text: string): void => void this.lines.push(`warning: ${text}`);
  readonly error = (text: string): void => void this.lines.push(`error: ${text}`);
}
