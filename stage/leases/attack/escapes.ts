import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../../ops/builtin.ts';
import { DrydockError } from '../../../ops/errors.ts';
import { readSqlFolder, sectionsOf, type SqlFile } from '../../../ops/postgres/index.ts';

/** One thing to try, with its placeholders filled in. */
export interface Escape {
  /** `0010_roles/become-owner` */
  readonly name: string;
  /** What it tries, in words: "act as the owner of a domain (eng_owner)". */
  readonly tries: string;
  readonly statement: string;
  /** SQLSTATEs that are a refusal; any other error is not an answer. */
  readonly refusedBy: readonly string[];
  /** Why it does no harm when it succeeds. */
  readonly harmless: string | undefined;
  /** Whether the contract gives the profile a right that allows it. */
  readonly isDeclared: boolean;
  /** Whether it cannot run in a transaction. */
  readonly alone: boolean;
}

/** What a placeholder stands for. */
export interface AttackTarget {
  readonly placeholder: string;
  readonly target: string;
  readonly column: string | null;
  /** Verbs that the contract gives the profile on it. */
  readonly declared: readonly string[];
}

const insufficientPrivilege = '42501';
const placeholderName = /(?<!:):([a-z]+(?:_[a-z]+)*)\b/g;

/** The escapes of `ops/sql/attack`, each once per target that its placeholder stands for. */
export async function loadEscapes(targets: readonly AttackTarget[]): Promise<Escape[]> {
  const files = await readSqlFolder(builtinRoot, join(builtinSql, 'attack'));
  return files.flatMap((file) =>
    Object.entries(sectionsOf(file)).flatMap(([name, { text }]) => escapesOf(file, name, text, targets)),
  );
}

function escapesOf(file: SqlFile, section: string, text: string, targets: readonly AttackTarget[]): Escape[] {
  const header = Object.fromEntries(
    [...text.matchAll(/^-- ([a-z-]+): (.+)$/gm)].map(([, key, value]) => [key, value!]),
  );
  const tries = header['tries'];
  if (!tries) throw new DrydockError('SQL_HEADER_MISSING', `${file.path}: ${section} has no "-- tries:" line.`);
  const statement = text.replace(/^--.*\n/gm, '').trim();
  const declared: readonly string[] = header['declared']?.split(/, */) ?? [];
  return aimed(file, statement, targets).map(({ filled, at, verbs }) => ({
    name: `${file.name}/${section}`,
    tries: at ? `${tries} (${at})` : tries,
    statement: filled,
    refusedBy: header['refused-by']?.split(/, */) ?? [insufficientPrivilege],
    harmless: header['harmless'],
    isDeclared: declared.some((verb) => verbs.includes(verb)),
    alone: header['alone'] === 'yes',
  }));
}

/** Of the placeholders in a statement the one with most targets is spread over all of them, the others take their first. */
function aimed(file: SqlFile, statement: string, targets: readonly AttackTarget[]) {
  const names = [...new Set([...statement.matchAll(placeholderName)].map(([, name]) => name!))];
  const choices = names
    .filter((name) => name !== 'column')
    .map((name) => targets.filter((each) => each.placeholder === name));
  if (choices.length === 0) return [{ filled: statement, at: '', verbs: [] as readonly string[] }];
  const [spread = [], ...others] = choices.sort((a, b) => b.length - a.length);
  if (others.some((choice) => choice.length === 0) && spread.length > 0) {
    throw new DrydockError('INTERNAL_ERROR', `${file.path} has a placeholder that stands for nothing: ${statement}`);
  }
  return spread.map((aim) => {
    const chosen = [aim, ...others.map(([first]) => first!)];
    const filled = statement.replace(placeholderName, (whole, name: string) =>
      name === 'column' ? (aim.column ?? whole) : (chosen.find((each) => each.placeholder === name)?.target ?? whole),
    );
    return { filled, at: spread.length > 1 ? aim.target : '', verbs: aim.declared };
  });
}
