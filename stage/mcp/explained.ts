/**
 * A statement that shows the plan of another, and runs nothing. The options are in brackets, so that nothing of the other can
 * be taken for one: `explain analyze delete …` would delete.
 */
export function explained(sql: string): string {
  return `explain (verbose) ${sql}`;
}
