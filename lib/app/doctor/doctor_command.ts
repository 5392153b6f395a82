/** The command `doctor`: examines an upstream, and says how to use it. */

import { formatAddress } from "../../net/address.ts";
import type { DoctorCommand } from "../settings/command.ts";
import { ConfigError } from "../settings/config_error.ts";
import { parseName } from "../query/name_text.ts";
import { checkKeyLog, trustOnlyForGood } from "../tls_settings.ts";
import { Examination } from "./examination.ts";
import { MAX_DOMAIN_LENGTH, RandomQuestions } from "./random_questions.ts";
import { standardReport } from "./report.ts";

/** Returns the exit code: 0 if the upstream can be used. */
export async function runDoctorCommand(command: DoctorCommand): Promise<number> {
  const { upstream, uri, bootstrap, caFiles, domain, idleSeconds } = command;
  const name = parseName(domain);
  if (name === undefined || name.length > MAX_DOMAIN_LENGTH) {
    throw new ConfigError("--name", domain, "not a domain name, or too long for names below it");
  }
  checkKeyLog(false);
  const caCerts = trustOnlyForGood(caFiles);
  const report = standardReport();
  const questions = new RandomQuestions(name);
  const options = { caCerts, bootstrap, questions, idle: idleSeconds * 1000 };
  if (!await new Examination(upstream, options, report).run()) return 1;
  const words = ["--upstream", uri, ...caFiles.flatMap((file) => ["--ca", file])];
  words.push(...bootstrap.flatMap((address) => ["--bootstrap", formatAddress(address)]));
  report.line(`  dnsfwd ${words.map(shellWord).join(" ")}`);
  return 0;
}

/** The word as a shell takes it (POSIX, Shell Command Language, 2.2.2). */
function shellWord(word: string): string {
  return /^[\w@%+=:,./#-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
