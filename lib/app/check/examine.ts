/**
 * Tries everything that `run` does before it serves, and finds all that is wrong with it. Sockets are closed
 * again, and nothing is left behind.
 */

import { systemClock } from "../../base/clock.ts";
import { ClockFloor } from "../../base/clock_floor.ts";
import type { Logger } from "../../base/log.ts";
import type { Target } from "../../net/dial.ts";
import { userId } from "../environment.ts";
import { readAuthorities, readCertificates } from "../pem_files.ts";
import { UpstreamRecords } from "../report/upstream_records.ts";
import { prepareUpstreams } from "../prepared_upstreams.ts";
import type { RunCommand } from "../settings/command.ts";
import type { Config } from "../settings/config.ts";
import { ConfigError } from "../settings/config_error.ts";
import { expandWildcards, type InterfaceAddress } from "../settings/listen_address.ts";
import { checkMetrics } from "../settings/metrics_address.ts";
import { joined } from "../settings/problems.ts";
import { checkBootstrap, checkUpstream } from "../settings/upstream_checks.ts";
import { StateDirectory } from "../state_directory.ts";
import { checkKeyLog } from "../tls_settings.ts";
import { RELEASED } from "../version.ts";
import { dateFinding } from "./certificate_dates.ts";
import { Findings } from "./findings.ts";
import { type IsOwn, tryListening, tryMetrics } from "./listening.ts";
import { tryAccount, tryLogs, tryRuntimeDirectory } from "./process_trials.ts";
import { tryServiceView } from "./service_view.ts";
import { tryStateDirectory } from "./state_trial.ts";

const SILENT: Logger = { debug() {}, info() {}, warning() {}, error() {} };

/** `errors` are known already; `isOwn` tells which addresses may be in use. */
export function examine(
  command: RunCommand,
  errors: readonly ConfigError[],
  isOwn: IsOwn,
): Findings {
  return new Examiner(command, errors).examine(isOwn);
}

/** The same for a configuration that is meant for another machine: settings, and the files that they name. */
export function examineFiles(command: RunCommand, errors: readonly ConfigError[]): Findings {
  return new Examiner(command, errors).examineFiles();
}

/** All that is wrong with a command that could not be run because of `error`, with the place of each. */
export function explain(error: ConfigError, command: RunCommand): ConfigError {
  const { settings } = examine(command, [], () => true);
  if (settings.length === 0) return error;
  return joined(settings);
}

class Examiner {
  readonly #findings: Findings;
  readonly #floor = new ClockFloor({ built: RELEASED, wall: Date.now });
  readonly #command: RunCommand;

  constructor(command: RunCommand, errors: readonly ConfigError[]) {
    this.#findings = new Findings(errors);
    this.#command = command;
  }

  examine(isOwn: IsOwn): Findings {
    const findings = this.#findings;
    const { allowKeyLog, config, runtimeDirectory, stateDirectory } = this.#command;
    findings.attempt(() => checkKeyLog(allowKeyLog));
    const place = (option: string, index?: number) => this.#place(option, index);
    tryAccount(this.#command, place, findings);
    tryRuntimeDirectory(runtimeDirectory, place("runtime-dir"), findings);
    tryLogs(this.#command, findings);
    const directory = tryStateDirectory(stateDirectory, this.#place("state-dir"), findings);
    this.#trySettings(Deno.networkInterfaces() as InterfaceAddress[], directory);
    tryListening(config, (at) => this.#place("listen", at), isOwn, findings);
    tryMetrics(config.metrics, place("metrics"), isOwn, findings);
    if (userId() === 0) tryServiceView(this.#command, place, findings);
    return findings;
  }

  examineFiles(): Findings {
    this.#trySettings([], undefined);
    return this.#findings;
  }

  /** What is wrong with the settings themselves, and with the files of certificates that they name. */
  #trySettings(interfaces: readonly InterfaceAddress[], stateDirectory: string | undefined): void {
    const findings = this.#findings;
    const { config } = this.#command;
    if (this.#floor.isWrong) findings.warnings.push(this.#floor.complaint);
    const caCerts = this.#authorities();
    const isStateWanted = this.#command.stateDirectory !== undefined;
    const whole = { ...config, caCerts, stateDirectory, isStateWanted };
    const addresses = expandWildcards(config.listen, interfaces);
    config.bootstrap.forEach((resolver, at) => {
      findings.attempt(() => checkBootstrap(resolver, addresses), this.#place("bootstrap", at));
    });
    config.upstreams.forEach((target, at) => {
      const place = this.#place("upstream", at);
      findings.attempt(() => checkUpstream(target, config, addresses), place);
      this.#tryUpstream(target, whole, place);
    });
    findings.attempt(() => checkMetrics(config.metrics, addresses), this.#place("metrics"));
  }

  /** Where a value stands, or the option if nobody gave it. */
  #place(option: string, index = 0): string {
    return this.#command.places[option]?.[index] ?? `--${option}`;
  }

  #authorities(): string[] {
    return this.#command.caFiles.flatMap((file, at) => {
      const place = this.#place("ca", at);
      const texts = this.#findings.attempt(() => readAuthorities("--ca", [file]), place) ?? [];
      for (const text of texts) this.#judgeDates(text, file, place);
      return texts;
    });
  }

  #tryUpstream(target: Target, config: Config, place: string): void {
    const context = {
      config: { ...config, upstreams: [target] },
      clock: systemClock,
      floor: this.#floor,
      state: new StateDirectory(undefined, SILENT),
      records: new UpstreamRecords(),
    };
    const prepared = this.#findings.attempt(() => prepareUpstreams(context, () => SILENT), place);
    if (prepared === undefined || target.transport !== "tls" || !target.identity) return;
    const { caFiles, certFile } = target.identity;
    const judge = (option: string, file: string, isOurs?: boolean) => {
      const name = `${place}, ${option}`;
      this.#judgeDates(readCertificates(name, file), file, name, isOurs);
    };
    for (const file of caFiles) judge("ca", file);
    if (certFile !== undefined) judge("cert", certFile, true);
  }

  /** Nothing is said of dates where the clock is no judge of them. */
  #judgeDates(pem: string, file: string, place: string, isOurs = false): void {
    if (this.#floor.isWrong) return;
    const finding = dateFinding(pem, isOurs, Date.now());
    if (finding === undefined) return;
    const error = new ConfigError(place, file, finding.text);
    if (finding.isOver) this.#findings.add(error);
    else this.#findings.warnings.push(error.message);
  }
}
