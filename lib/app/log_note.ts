/** Lines that a command adds to the log of the forwarder that it is about. */

import { systemClock } from "../base/clock.ts";
import { formatLine, Severity } from "../base/log/line.ts";
import { tellError } from "./command_output.ts";
import { LogFile } from "./log_file.ts";
import { chooseLogFile } from "./log_location.ts";
import type { RunCommand } from "./settings/command.ts";

export class LogNote implements Disposable {
  readonly #file: LogFile | undefined;
  readonly #line: (text: string) => string;

  /** Opens the log file of `command` in the background. */
  constructor(command: RunCommand) {
    this.#line = (text) => {
      const line = { severity: Severity.WARNING, category: "service", text } as const;
      return formatLine(command.log.format, line, new Date());
    };
    const location = chooseLogFile(command);
    this.#file = location && new LogFile(location.path, {
      clock: systemClock,
      makesDirectory: location.makesDirectory,
      warning: this.#line,
      onFailure: (text) => tellError(this.#line(text)),
    });
  }

  /** Adds a warning, or prints it where there is no file. */
  warning(text: string): void {
    if (this.#file) this.#file.write(this.#line(text));
    else tellError(this.#line(text));
  }

  [Symbol.dispose](): void {
    this.#file?.close();
  }
}
