/** A setting that cannot be used: which, what it says, and what is allowed. Exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** `setting` as the user writes it, `--listen`; `allowed` says what to do instead. */
  constructor(setting: string, value: string | undefined, allowed: string) {
    super(value === undefined ? `${setting}: ${allowed}` : `${setting} "${value}": ${allowed}`);
  }
}
