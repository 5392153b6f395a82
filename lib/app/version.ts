/** The version of the program, from the one place that states it. */
import project from "../../deno.json" with { type: "json" };

export const VERSION: string = project.version;
