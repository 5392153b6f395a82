/**
 * Where the log lines of a forwarder go: to standard error, or to a file. In the background, what is worth a
 * warning goes to standard error too until `detach()`, as whoever starts the program reads it until then.
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { formatLine, Severity } from "../base/log/line.ts";
import { StandardStreams } from "./instance/standard_streams.ts";
import { LogFile } from "./log_file.ts";
import { chooseLogFile } from "./log_location.ts";
import type { RunCommand } from "./settings/command.ts";
import { writeLine } from "./standard_error.ts";
import { reasonOf } from "./system_error.ts";

const { ERROR, WARNING } = Severity;

export class LogOutput {
  readonly #file: LogFile | undefined;
  readonly #isBackground: boolean;
  #format: RunCommand["log"]["format"];
  #streams: StandardStreams | undefined;
  /** Why there are no `#streams`. */
  #obstacle = "";
  #isDetached = false;

  /** Opens what `command` asks for; that a file cannot be written is no error. */
  constructor(command: RunCommand, clock: Clock) {
    const { isBackground, logFile, log, logRotation: rotation } = command;
    this.#isBackground = isBackground;
    this.#format = log.format;
    if (isBackground) this.#findStreams();
    const location = isBackground || logFile !== undefined ? chooseLogFile(command) : undefined;
    if (location === undefined) return;
    this.#file = new LogFile(location.path, {
      clock,
      rotation,
      makesDirectory: location.makesDirectory,
      warning: (text) => this.#line(WARNING, text),
      onFailure: (text) => {
        if (!this.#isDetached) writeLine(this.#line(WARNING, text));
      },
      onOpen: () => {
        if (this.#isDetached) this.#streams?.detach(location.path);
      },
    });
  }

  /** Whether there is a file, which may have to be made anew at any time. */
  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  /** The file, if it is plainly this program's own: made by it, now or, to judge by the name, before. */
  get ownFile(): string | undefined {
    const { isMade, path } = this.#file ?? {};
    return isMade || path?.split("/").at(-1)?.startsWith("dnsfwd") ? path : undefined;
  }

  /** Writes a line, given without its end, of a severity. */
  readonly write = (line: string, severity: number): void => {
    this.#file?.write(line);
    const isForCaller = this.#isBackground
      ? !this.#isDetached && severity <= WARNING
      : this.#file === undefined;
    if (isForCaller) writeLine(line);
  };

  /** The program cannot start: whoever started it is told elsewhere, and the file is told why here. */
  fail(error: Error): void {
    this.#file?.write(this.#line(ERROR, error.message));
  }

  /** Goes on in the file that has the name now. */
  reopen(): void {
    this.#file?.reopen();
  }

  /** Goes on as another `command` has it, in the same place. */
  change({ log, logRotation }: Pick<RunCommand, "log" | "logRotation">): void {
    this.#format = log.format;
    if (this.#file) this.#file.rotation = logRotation;
  }

  /** Lets go of whoever started the program in the background; does nothing in the foreground. */
  detach(log: Logger): void {
    if (!this.#isBackground) return;
    this.#isDetached = true;
    this.#streams?.detach(this.#file?.path ?? "/dev/null");
    if (!this.#streams) log.debug(`The standard streams stay open: ${this.#obstacle}`);
  }

  #line(severity: number, text: string): string {
    return formatLine(this.#format, { severity, category: "log", text }, new Date());
  }

  /** Without the C library the streams stay as they are, and what is written to them is lost. */
  #findStreams(): void {
    try {
      this.#streams = StandardStreams.find();
      this.#streams.setMask();
    } catch (error) {
      this.#obstacle = reasonOf(error);
    }
  }
}
