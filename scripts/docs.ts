/**
 * `deno task docs`: writes the manual pages and the completions to dist/docs/. They are not kept in the
 * repository, where they could say something else than the options they are made of; releases have them.
 */
import { writeDocuments } from "./release/documents.ts";

const FOLDER = `${import.meta.dirname}/../dist/docs`;

await Deno.mkdir(FOLDER, { recursive: true });
await writeDocuments(FOLDER);
console.log(`dist/docs: try "man -l dist/docs/dnsfwd.8"`);
