import { rowsOfCsv } from '../../ops/csv.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { ChoiceRules, Fix } from './file.ts';

/**
 * What people chose, as JSON for the statements of a fix.
 * @param csv the text of their file; undefined where none was given
 * @throws FIX_CSV that lists everything that is wrong with it
 */
export function choicesFor({ name, choices: rules }: Fix, csv: string | undefined): string | undefined {
  if (!rules && csv === undefined) return undefined;
  if (!rules) throw wrong(name, ['it takes no choices']);
  if (csv === undefined) throw wrong(name, [`it needs choices: ${rules.columns.join(', ')}`]);
  const rows = parsed(name, csv);
  const problems = [...missingColumns(rules, csv), ...unknownActions(rules, rows), ...twice(rules, rows)];
  if (problems.length > 0) throw wrong(name, problems);
  return JSON.stringify(rows);
}

type Row = Record<string, string>;

function parsed(name: string, csv: string): Row[] {
  try {
    return rowsOfCsv(csv);
  } catch (cause) {
    throw wrong(name, [`it is no CSV: ${(cause as Error).message}`]);
  }
}

function missingColumns({ columns }: ChoiceRules, csv: string): string[] {
  const [header = ''] = csv.replace(/^\uFEFF/, '').split(/\r?\n/);
  const there = header.split(',').map((column) => column.trim().replace(/^"(.*)"$/, '$1'));
  return columns.filter((column) => !there.includes(column)).map((column) => `there is no column ${column}`);
}

function unknownActions({ actions, key }: ChoiceRules, rows: readonly Row[]): string[] {
  return rows
    .filter(({ action = '' }) => !actions.includes(action))
    .map((row) => `${row[key]}: "${row['action']}" is none of ${actions.join(', ')}`);
}

/** Two choices about one row: which of them was meant, nobody can say. */
function twice({ key }: ChoiceRules, rows: readonly Row[]): string[] {
  const keys = rows.map((row) => row[key]?.toLowerCase());
  const repeated = keys.filter((value, index) => value !== undefined && keys.indexOf(value) !== index);
  return [...new Set(repeated)].map((value) => `${value} is there more than once`);
}

function wrong(name: string, problems: readonly string[]): DrydockError {
  return new DrydockError('FIX_CSV', `The choices for ${name} cannot be used: ${problems.join('; ')}.`, {
    hint: 'Correct them and try again; nothing was changed. The evidence of a run has a form to fill in.',
  });
}
