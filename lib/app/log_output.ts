/**
 * Where the log lines of a forwarder go: to a standard stream, or to a file. In the background, what is worth a
 * warning goes to standard error too until `detach()`, as the command that starts the program reads it until then.
 * Nothing waits for any of them: lines leave by way of a queue.
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { formatLine, Severity } from "../base/log/line.ts";
import { StandardStreams } from "./instance/standard_streams.ts";
import { LogFile } from "./log_file.ts";
import { chooseLogFile } from "./log_location.ts";
import type { RunCommand } from "./settings/command.ts";
import { LineQueue } from "./line_queue.ts";
import { StandardStream, type StreamName } from "./standard_stream.ts";
import { streamAt } from "./stream_path.ts";
import { reasonOf } from "./system_error.ts";

const { ERROR, WARNING } = Severity;
const UNREAD = "nobody has read the log in time";
const SLOW = "the disk is too slow";

export class LogOutput {
  readonly #clock: Clock;
  readonly #file: LogFile | undefined;
  readonly #fileLines: LineQueue | undefined;
  /** To the standard stream that is the log, else to standard error. */
  readonly #streamLines: LineQueue;
  readonly #isBackground: boolean;
  #format: RunCommand["log"]["format"];
  #streams: StandardStreams | undefined;
  /** Why there are no `#streams`. */
  #obstacle = "";
  #isDetached = false;

  /** Opens what `command` asks for; that a file cannot be written is no error. */
  constructor(command: RunCommand, clock: Clock) {
    const { isBackground, logFile, log, logRotation: rotation } = command;
    this.#clock = clock;
    this.#isBackground = isBackground;
    this.#format = log.format;
    if (isBackground) this.#findStreams();
    const location = isBackground || logFile !== undefined ? chooseLogFile(command) : undefined;
    const stream = location && streamAt(location.path);
    this.#streamLines = this.#streamQueue(stream ?? "stderr");
    if (location === undefined || stream !== undefined) return;
    this.#file = new LogFile(location.path, {
      clock,
      rotation,
      isPipeAllowed: true,
      makesDirectory: location.makesDirectory,
      warning: (text) => this.#line(WARNING, text),
      onFailure: (text) => {
        if (!this.#isDetached) this.#streamLines.write(this.#line(WARNING, text));
      },
      onOpen: () => {
        if (this.#isDetached) this.#streams?.detach(location.path);
      },
    });
    const warning = (text: string) => this.#line(WARNING, text);
    const slow = this.#file.isPipe ? UNREAD : SLOW;
    this.#fileLines = new LineQueue({ sink: this.#file, clock, warning, slow });
  }

  /** Whether there is a file, which may have to be made again at any time. */
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
    this.#fileLines?.write(line);
    const isForCaller = this.#isBackground
      ? !this.#isDetached && severity <= WARNING
      : this.#file === undefined;
    if (isForCaller) this.#streamLines.write(line);
  };

  /** Writes why the program cannot start or go on to the file, if there is one; standard error is for others. */
  fail(texts: readonly string[]): void {
    for (const text of texts) this.#fileLines?.write(this.#line(ERROR, text));
  }

  /** Goes on in the file that has the name now. */
  reopen(): void {
    this.#fileLines?.between(() => this.#file?.reopenLater());
  }

  /** Resolves once all lines are written, after `limit` milliseconds at most. */
  async settle(limit: number): Promise<void> {
    await Promise.all([this.#fileLines?.settle(limit), this.#streamLines.settle(limit)]);
  }

  /** Goes on as another `command` has it, in the same place. */
  change({ log, logRotation }: Pick<RunCommand, "log" | "logRotation">): void {
    this.#format = log.format;
    if (this.#file) this.#file.rotation = logRotation;
  }

  /** Lets go of the command that started the program in the background; does nothing in the foreground. */
  detach(log: Logger): void {
    if (!this.#isBackground) return;
    this.#isDetached = true;
    this.#streams?.detach(this.#file?.path ?? "/dev/null");
    if (!this.#streams) log.debug(`The standard streams stay open: ${this.#obstacle}`);
  }

  #streamQueue(name: StreamName): LineQueue {
    const warning = (text: string) => this.#line(WARNING, text);
    const sink = new StandardStream(name, this.#clock);
    return new LineQueue({ sink, clock: this.#clock, warning, slow: UNREAD });
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
