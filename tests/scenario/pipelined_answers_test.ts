/** Clients over TCP that ask for many large answers at a time, and read them. */

import { assertEquals } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { RCODE, TYPE } from "../helpers/message.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";

const QUERIES = 200;

for (
  const [what, nameOf] of [["different", (name: string) => name], [
    "equal",
    () => "one.example",
  ]] as const
) {
  Deno.test(`A client that asks ${QUERIES} ${what} questions with answers of 64 kB at a time gets all answers`, async () => {
    await using scenario = await startScenario({
      script: (query) => query.answer({ answers: textRecords(query.name, 64_000) }),
    });
    const client = await scenario.tcp();
    const queries = numberedNames(QUERIES).map((name, id) =>
      buildQuery(nameOf(name), { id, type: TYPE.TXT })
    );
    const replies = await exchange(client, queries);
    assertEquals(replies.map(({ rcode }) => rcode), queries.map(() => RCODE.NOERROR));
    assertEquals(replies.every(({ octets }) => octets.length > 64_000), true);
  });
}
