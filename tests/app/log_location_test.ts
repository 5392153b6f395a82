import { assertEquals } from "@std/assert";
import { logLocation, type LogSurroundings } from "../../lib/app/log_location.ts";

const NOTHING: LogSurroundings = {
  logFile: undefined,
  stateDirectory: undefined,
  environment: () => undefined,
  uid: 1000,
  defaultState: undefined,
};

/** The path in these surroundings, with a sign where the directory is made. */
function pathIn(surroundings: Partial<LogSurroundings>): string | undefined {
  const location = logLocation({ ...NOTHING, ...surroundings });
  return location && `${location.path}${location.makesDirectory ? " (made)" : ""}`;
}

Deno.test("logLocation() is the file that was named, systemd's, the system's, or with the state", () => {
  const state = { defaultState: "/home/u/.local/state/dnsfwd" };
  const systemd = { environment: () => "/var/log/dnsfwd:/var/log/other" };
  const cases: [Partial<LogSurroundings>, string | undefined][] = [
    [{ ...systemd, uid: 0, logFile: "/tmp/my.log" }, "/tmp/my.log"],
    [{ ...systemd, uid: 0 }, "/var/log/dnsfwd/dnsfwd.log"],
    [{ ...state, uid: 0 }, "/var/log/dnsfwd.log"],
    [state, "/home/u/.local/state/dnsfwd/dnsfwd.log (made)"],
    [{ ...state, stateDirectory: "/srv/state" }, "/srv/state/dnsfwd.log (made)"],
    [{ ...state, stateDirectory: "none" }, "/home/u/.local/state/dnsfwd/dnsfwd.log (made)"],
    [{}, undefined],
  ];
  for (const [surroundings, path] of cases) assertEquals(pathIn(surroundings), path);
});
