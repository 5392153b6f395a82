/** The command `run`: start, serve, tell, end on a signal. */

import { systemClock } from "../base/clock.ts";
import {
  configureLog,
  dumpEvents,
  flushLog,
  type Logger,
  logger,
  recordedEvents,
} from "../base/log.ts";
import { formatAddress } from "../net/address.ts";
import { announce } from "./announcement.ts";
import { variable } from "./environment.ts";
import { isExpected, textsOf } from "./expected_errors.ts";
import { type Forwarder, startForwarder } from "./forwarder.ts";
import { ForwarderControl } from "./instance/forwarder_control.ts";
import type { Health } from "./instance/control_protocol.ts";
import { Instance } from "./instance/instance.ts";
import { HealthWatch } from "./health_watch.ts";
import { LogOutput } from "./log_output.ts";
import { openMachineCalls } from "./machine_calls.ts";
import { MetricsService } from "./metrics_service.ts";
import { Reloader } from "./reload/reloader.ts";
import { endWedged } from "./service/end_wedged.ts";
import { EventDump } from "./service/event_dump.ts";
import { filesOf, revokePermissions, writtenLater } from "./service/later_needs.ts";
import { tellForbiddenPorts } from "./service/later_ports.ts";
import { makeSelfCheck } from "./service/own_checks.ts";
import { refuseRoot, runAs } from "./service/run_as.ts";
import type { SelfCheck } from "./service/self_check.ts";
import { ServiceManager } from "./service/service_manager.ts";
import type { Inherited } from "./service/socket_activation.ts";
import { prepareStacks, reportUnexpected } from "./service/unexpected.ts";
import { findAccount, readDatabases } from "./service/user_database.ts";
import type { RunCommand } from "./settings/command.ts";
import type { Config } from "./settings/config.ts";
import { formatTarget } from "./settings/upstream_uri.ts";
import { serveOn } from "./serve_on.ts";
import { Ending, followSignals } from "./signals.ts";
import { prepareToFindHolders } from "./socket_holder.ts";
import { StartUpPages } from "./start_up_pages.ts";
import { chooseStateDirectory } from "./state_location.ts";
import { formatSummary } from "./summary.ts";
import { checkKeyLog, trustOnly } from "./tls_settings.ts";

/** Milliseconds to answer what is in flight at the end; and for the self-check when somebody asks. */
const GRACE = 1000;
const LOOK_TIME = 2000;
/** Milliseconds that the last lines may take to where they are read, or written. */
const LOG_TIME = 400;

/**
 * Serves until SIGTERM or SIGINT, or told to stop; throws `ConfigError`, `InstanceError`, `BindError` or
 * `PrivilegeError` if it cannot start. `reread` tells what to do by now, from the same arguments and file.
 */
export async function runDaemon(
  command: RunCommand,
  reread: () => Promise<RunCommand>,
): Promise<void> {
  const output = new LogOutput(command, systemClock);
  try {
    await serve(command, reread, output);
  } catch (error) {
    output.fail(textsOf(error));
    if (!isExpected(error)) dumpEvents("fatal error");
    throw error;
  } finally {
    flushLog();
    await output.settle(LOG_TIME);
  }
}

async function serve(
  command: RunCommand,
  reread: () => Promise<RunCommand>,
  output: LogOutput,
): Promise<void> {
  checkKeyLog(command.allowKeyLog);
  const account = command.user === undefined
    ? undefined
    : findAccount(command.user, command.groups, readDatabases());
  const config = {
    ...command.config,
    caCerts: trustOnly(command.caFiles),
    // Another user has to try it for itself.
    stateDirectory: chooseStateDirectory(command.stateDirectory, account === undefined),
    isStateWanted: command.stateDirectory !== undefined,
  };
  const linesPerMinute = config.limits.logLines;
  configureLog({ ...command.log, linesPerMinute, write: output.write });
  const log = logger();
  const configLog = logger({ category: "config" });
  prepareStacks();
  reportUnexpected(log, { onReport: new EventDump(systemClock).onUnexpected });
  const manager = ServiceManager.find();
  const inherited = await findInherited(logger({ category: "listener" }));
  const instanceLog = logger({ category: "instance" });
  const instance = Instance.take(command.runtimeDirectory, systemClock, instanceLog);
  // Of every end that is not forced on it.
  globalThis.addEventListener("unload", () => instance?.end());
  if (command.configFile !== undefined) configLog.info(`Configuration file: ${command.configFile}`);
  prepareToFindHolders();
  const forwarder = startForwarder(config, { inherited, machine: openMachineCalls() });
  const pages = findPages(log);
  pages?.start(systemClock);
  const check: SelfCheck = makeSelfCheck(forwarder, {
    clock: systemClock,
    log,
    isSupervised: command.isBackground || manager !== undefined,
    onWedged: (problem) =>
      void endWedged(problem, forwarder, GRACE, log, () => output.settle(LOG_TIME)),
  });
  const watch: HealthWatch = new HealthWatch({
    clock: systemClock,
    facts: () => forwarder.health(),
    problem: () => check.health.problem,
    settings: () => reloader.config.health,
    needs: [
      () => forwarder.addresses.length > 0 ? undefined : "Listening on no address",
      () => forwarder.blocked.at(0),
    ],
    probe: () => forwarder.probe(),
    onState: () => manager?.status(status()),
    onReadiness: (notReady) => forwarder.tellReadiness(notReady),
  });
  const lastHealth = (): Health => {
    const { notReady, problem, state } = watch;
    return { notReady, problem, state };
  };
  const metrics: MetricsService = new MetricsService({
    forwarder,
    told: {
      measures: () => forwarder.measures(),
      status: () => control.status(),
      events: recordedEvents,
      health: lastHealth,
      identity: () => reloader.config.identity.identity,
      configAge: () => reloader.age,
    },
    clock: systemClock,
    log,
  });
  const reloader: Reloader = new Reloader(
    metrics,
    { command, config },
    reread,
    configLog,
    output,
    systemClock,
  );
  const status = () => statusText(reloader.config, forwarder, watch.state);
  const reload = async () => {
    manager?.reloading();
    try {
      await reloader.reload();
    } finally {
      manager?.ready(status());
    }
  };
  const ending = new Ending();
  // Before it is told that anybody may come: that would be too early for a signal or a command.
  followSignals(ending, {
    SIGQUIT: () => dumpEvents("asked for by SIGQUIT"),
    SIGUSR1: () => output.reopen(),
    SIGUSR2: () => log.info(formatSummary(forwarder.summary())),
    SIGHUP: () => {
      reload().catch(() => {/* told in the log */});
    },
  });
  const control = new ForwarderControl(forwarder, {
    configFile: command.configFile ?? null,
    metrics: () => metrics.address,
    configAge: () => reloader.age,
    events: recordedEvents,
    health: async () => {
      await soon(check.check());
      return lastHealth();
    },
    lastHealth,
    config: () => reloader.config,
    reload,
    stop: ending.ask,
  });
  // The directory stays with root, and so out of reach for another user.
  instance?.serve(control, { isKept: account === undefined });
  await metrics.start(config);
  if (account !== undefined) {
    const readAgain = filesOf(command);
    const logFiles = [output.ownFile, forwarder.queryLogFile].filter((each) => each !== undefined);
    runAs({ account, ...writtenLater(config), readAgain, log, logFiles });
    tellForbiddenPorts(forwarder.awaited, account.user, log);
  }
  if (command.isRootForbidden) refuseRoot();
  await revokePermissions(config, {
    usesFiles: instance !== undefined || output.hasFile || manager?.writesFile === true,
    isReread: filesOf(command).length > 0,
  });
  metrics.announce();
  announce(forwarder, inherited, config, log);
  forwarder.connectAhead();
  check.start();
  // As soon as it is ready, the command that has started it stops reading.
  if (command.isBackground) await output.settle(LOG_TIME);
  watch.serve();
  manager?.ready(status());
  manager?.watch(() => check.health.problem === undefined);
  output.detach(log);
  // For the log alone: the command that has just started it knows.
  instance?.tellLost();
  await ending.asked;
  const { drain } = reloader.config.health;
  await serveOn(drain, ending.urged, { forwarder, watch, manager, grace: GRACE, log });
  pages?.stop();
  instance?.close();
  metrics.close();
  watch.stop();
  check.stop();
  manager?.stopping();
  log.info("Stopping");
  await forwarder.stop(GRACE);
  log.info(formatSummary(forwarder.summary()));
  manager?.close();
}

/** As the promise does, but for `LOOK_TIME` at most: a look may ask upstreams that say nothing. */
async function soon(promise: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = systemClock.after(LOOK_TIME, late.resolve);
  await Promise.race([promise, late.promise]).finally(() => timer.cancel());
}

/** One line for `systemctl status`. */
function statusText({ upstreams }: Config, { awaited }: Forwarder, state: string): string {
  const waiting = awaited.length === 0
    ? ""
    : `; not listening yet on ${awaited.map(formatAddress).join(", ")}`;
  return `Forwarding to ${upstreams.map(formatTarget).join(", ")}: ${state}${waiting}`;
}

/** Loaded only where there is something to take, as it brings a part of the runtime that is large. */
async function findInherited(log: Logger): Promise<Inherited | undefined> {
  if (variable("LISTEN_FDS") === undefined) return undefined;
  const { takeInherited } = await import("./service/socket_activation.ts");
  return takeInherited(log);
}

function findPages(log: Logger): StartUpPages | undefined {
  try {
    return StartUpPages.find();
  } catch (error) {
    log.debug(`Memory that starting needed is not given back: ${(error as Error).message}`);
    return undefined;
  }
}
