/** dnsfwd: parses the command line and runs the command. */

import type { Command, RunCommand } from "./lib/app/settings/command.ts";
import { CommandSource } from "./lib/app/settings/command_source.ts";
import { ConfigError } from "./lib/app/settings/config_error.ts";
import { helpText } from "./lib/app/settings/help.ts";
import { VERSION } from "./lib/app/version.ts";

/** Exit code of a command. `reread` tells what `run` is to do by now. */
async function run(command: Command, reread: () => Promise<RunCommand>): Promise<number> {
  switch (command.name) {
    case "help":
      console.log(helpText(command.topic));
      return 0;
    case "version":
      console.log(`dnsfwd ${VERSION}`);
      return 0;
    case "query": {
      // Loaded only here, as are those below: they bring libraries that a forwarder has no use for.
      const { runQueryCommand } = await import("./lib/app/query/query_command.ts");
      return await runQueryCommand(command);
    }
    case "doctor": {
      const { runDoctorCommand } = await import("./lib/app/doctor/doctor_command.ts");
      return await runDoctorCommand(command);
    }
    case "check": {
      const { runCheckCommand } = await import("./lib/app/check/check_command.ts");
      return await runCheckCommand(command);
    }
    case "config": {
      const { runConfigCommand } = await import("./lib/app/settings/file/config_command.ts");
      return runConfigCommand(command.print);
    }
    case "demo": {
      const { runDemoCommand } = await import("./lib/app/demo_command.ts");
      return await runDemoCommand({ once: command.once });
    }
    case "status": {
      const { runStatusCommand } = await import("./lib/app/instance/status_command.ts");
      return await runStatusCommand(command);
    }
    case "reload":
    case "reset": {
      const { runRenewCommand } = await import("./lib/app/instance/renew_command.ts");
      return await runRenewCommand(command.name, command.runtimeDirectory);
    }
    case "stop": {
      const { runStopCommand } = await import("./lib/app/instance/stop_command.ts");
      return await runStopCommand(command);
    }
    case "ensure":
    case "start":
    case "restart": {
      const { runStarterCommand } = await import("./lib/app/instance/starter_command.ts");
      return await runStarterCommand(command);
    }
    case "run": {
      const { runDaemon } = await import("./lib/app/daemon.ts");
      try {
        await runDaemon(command, reread);
        return 0;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const { explain } = await import("./lib/app/check/examine.ts");
        throw explain(error, command);
      }
    }
  }
}

/** Whether a program waits for what `check` finds, also where the command line cannot be read. */
function isCheckJson(args: readonly string[]): boolean {
  return args.includes("check") && args.includes("--json");
}

if (import.meta.main) {
  const source = new CommandSource(Deno.args);
  let command: Command | undefined;
  try {
    command = await source.read();
    Deno.exit(await run(command, () => source.reread()));
  } catch (error) {
    if (error instanceof ConfigError && isCheckJson(Deno.args)) {
      const { findingsJson } = await import("./lib/app/check/findings_json.ts");
      console.log(findingsJson({ settings: error.all, machine: [], warnings: [] }, 2));
      Deno.exit(2);
    }
    // Thrown, it would be one of those that a running forwarder survives.
    const { reportFatal } = await import("./lib/app/fatal_error.ts");
    Deno.exit(await reportFatal(error, source.log, command !== undefined));
  }
}
