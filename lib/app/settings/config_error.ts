/** A setting that cannot be used: which, what it says, and what is allowed. Exit code 2. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  readonly setting: string;
  readonly value: string | undefined;
  readonly allowed: string;

  /** `setting` as the user writes it, `--listen`; `allowed` says what to do instead. */
  constructor(setting: string, value: string | undefined, allowed: string) {
    super(value === undefined ? `${setting}: ${allowed}` : `${setting} "${value}": ${allowed}`);
    this.setting = setting;
    this.value = value;
    this.allowed = allowed;
  }

  /** Itself, or the mistakes that it stands for. */
  get all(): readonly ConfigError[] {
    return [this];
  }

  /** The same mistake, of a setting with another name: one that says where it stands. */
  at(setting: string, value = this.value): ConfigError {
    return new ConfigError(setting, value, this.allowed);
  }
}
