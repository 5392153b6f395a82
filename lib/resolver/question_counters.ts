/** What became of questions before they reached an upstream; plain numbers, shared where several count. */
export class QuestionCounters {
  /** Queries that joined one already in flight. */
  joined = 0;
  /** Queries that failed as the same question had a moment before. */
  failedAgain = 0;
}
