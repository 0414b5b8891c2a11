import type { MatrixRow } from './report.ts';

/** One letter per verb, as in the legend. */
const letters: Record<string, string> = {
  CONNECT: 'c',
  TEMP: 't',
  CREATE: 'C',
  USAGE: 'u',
  SELECT: 'S',
  INSERT: 'I',
  UPDATE: 'U',
  DELETE: 'D',
  TRUNCATE: 'T',
  REFERENCES: 'R',
  TRIGGER: 'G',
  EXECUTE: 'X',
};

export const matrixLegend =
  'Observed: c connect, t temp, C create, u usage, S select, I insert, U update, D delete, T truncate, R references, G trigger, X execute; ' +
  '· nothing; !n cells that are not as the contract says.';

const database = 'database';

/** The boundary matrix as a table: a line per role, a column for the database, then one per schema by name. */
export function matrixGrid(matrix: readonly MatrixRow[]): { headers: string[]; rows: string[][] } {
  const named = new Set(matrix.map(({ schema }) => schema).filter((schema) => schema !== database));
  const schemas = [database, ...[...named].sort()];
  const byRole = Map.groupBy(matrix, ({ role }) => role);
  const rows = [...byRole].map(([role, cells]) => [
    role,
    ...schemas.map((schema) => cellText(cells.find((cell) => cell.schema === schema))),
  ]);
  return { headers: ['role', ...schemas], rows };
}

function cellText(cell: MatrixRow | undefined): string {
  if (!cell) return '';
  const allowed = Object.keys(letters).filter((verb) => cell.allowed.includes(verb));
  const wrong = cell.mismatches > 0 ? ` !${cell.mismatches}` : '';
  return `${allowed.map((verb) => letters[verb]).join('') || '·'}${wrong}`;
}
