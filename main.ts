/** dnsfwd: parses the command line and runs the command. */

import { BindError } from "./lib/app/bind.ts";
import { type Command, parseCommandLine } from "./lib/app/settings/command_line.ts";
import { ConfigError } from "./lib/app/settings/config_error.ts";
import { runDaemon } from "./lib/app/daemon.ts";
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
    case "run":
      await runDaemon(command);
      return 0;
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await run(parseCommandLine(Deno.args)));
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof BindError)) throw error;
    console.error(`dnsfwd: ${error.message}`);
    Deno.exit(error instanceof ConfigError ? 2 : 1);
  }
}
