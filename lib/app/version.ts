/** The version of the program, from the one place that states it, and when it was released. */
import project from "../../deno.json" with { type: "json" };

export const VERSION: string = project.version;

/**
 * When this version was released, in milliseconds since 1970: no clock that runs it can be right with an
 * earlier time. Written by hand with the version, so that it is the same compiled and from source: the times
 * of files are those of a clock that may be wrong, and a copy of the source need not know its commits.
 */
export const RELEASED = Date.UTC(2026, 10, 23);

/** The words of the task that runs the program from its source: deno, what it may do, and the file. */
export const START_TASK: readonly string[] = project.tasks.dnsfwd.split(" ");
