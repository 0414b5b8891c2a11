import { join } from 'node:path';
import type { Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { readSqlFolder, requireHeader, sectionsOf, type SqlFile, type SqlSection } from '../../ops/postgres/index.ts';

/** A statement that mends what a check finds. */
export interface Fix {
  readonly name: string;
  readonly title: string;
  readonly file: SqlFile;
  /** The service role that it runs as. */
  readonly as: string;
  /** The check whose violations it is there to lessen. */
  readonly check: string;
  /** A query that shows, row by row, what will be done and what will not. */
  readonly review: SqlSection;
  readonly change: SqlSection;
  /** What the choices of people must look like, where it needs some. */
  readonly choices: ChoiceRules | undefined;
}

export interface ChoiceRules {
  readonly columns: readonly string[];
  /** The column that says which row a choice is about: no two may be about one. */
  readonly key: string;
  /** What the column `action` may say. */
  readonly actions: readonly string[];
}

/** The fixes of a project, in order of name. @throws FIX_SECTIONS */
export async function loadFixes({ config, root }: Project): Promise<Fix[]> {
  if (config.checks.fixes === undefined) return [];
  return (await readSqlFolder(root, join(root, config.checks.fixes))).map(fixOf);
}

function fixOf(file: SqlFile): Fix {
  const { review, change } = sectionsOf(file);
  if (!review || !change) {
    throw new DrydockError('FIX_SECTIONS', `${file.path} has no section "${review ? 'change' : 'review'}".`, {
      hint: 'Write "-- drydock: review" above a query that shows what will be done, and "-- drydock: change" above what does it.',
    });
  }
  const { name } = file;
  const rules = {
    title: requireHeader(file, 'title'),
    as: requireHeader(file, 'as'),
    check: requireHeader(file, 'check'),
  };
  return { name, file, ...rules, review, change, choices: choicesOf(file) };
}

function choicesOf(file: SqlFile): ChoiceRules | undefined {
  if (file.header['csv'] === undefined) return undefined;
  const list = (key: string) => requireHeader(file, key).split(/\s*,\s*/);
  return { columns: list('csv'), key: requireHeader(file, 'key'), actions: list('actions') };
}
