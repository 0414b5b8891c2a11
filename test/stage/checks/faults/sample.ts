/** Ids of the sample begin with two characters for their table and end with a number; quoted, as SQL wants them. */
export function id(table: string, number: number): string {
  return `'${table}000000-0000-4000-8000-${String(number).padStart(12, '0')}'`;
}

/** The directive that is a draft. */
export const draft = 'd1000000-0000-4000-8000-000000000004';
