/** dnsfwd: parses the command line and runs the command. */

import { BindError } from "./lib/app/bind.ts";
import { type Command, parseCommandLine } from "./lib/app/settings/command_line.ts";
import { ConfigError } from "./lib/app/settings/config_error.ts";
import { runDaemon } from "./lib/app/daemon.ts";
import { InstanceError } from "./lib/app/instance/instance_error.ts";
import { helpText } from "./lib/app/settings/help.ts";
import { VERSION } from "./lib/app/version.ts";

/** Exit code of a command. */
async function run(command: Command): Promise<number> {
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
    case "run":
      await runDaemon(command);
      return 0;
  }
}

/** Told in one line. */
const EXPECTED = [ConfigError, BindError, InstanceError];

if (import.meta.main) {
  try {
    Deno.exit(await run(parseCommandLine(Deno.args)));
  } catch (error) {
    if (!EXPECTED.some((each) => error instanceof each)) throw error;
    console.error(`dnsfwd: ${(error as Error).message}`);
    Deno.exit(error instanceof ConfigError ? 2 : 1);
  }
}
