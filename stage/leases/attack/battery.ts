import { codeOf, messageOf } from '../../../ops/errors.ts';
import { ScriptFailure, type Session } from '../../../ops/postgres/index.ts';
import type { Escape } from './escapes.ts';

export type AttackVerdict = 'refused' | 'declared' | 'harmless' | 'finding';

/** What came of trying an escape. */
export interface Attempted {
  readonly name: string;
  readonly tries: string;
  /** `declared`: the contract allows it. `harmless`: it succeeds, and `answer` says why that does not matter. */
  readonly verdict: AttackVerdict;
  readonly answer: string;
}

/** Tries every escape in a session that is logged in as the lease, and takes each back. */
export async function tryEscapes(session: Session, escapes: readonly Escape[]): Promise<Attempted[]> {
  const attempted: Attempted[] = [];
  for (const escape of escapes) attempted.push(judge(escape, await tryEscape(session, escape)));
  return attempted;
}

interface Answer {
  readonly state: string;
  readonly message: string;
}

/** @returns the server's refusal, or undefined when it succeeded */
async function tryEscape(session: Session, { statement, alone }: Escape): Promise<Answer | undefined> {
  try {
    if (alone) await session.script(statement);
    else await session.rolledBack(() => session.query(statement));
    return undefined;
  } catch (error) {
    const cause = error instanceof ScriptFailure ? error.cause : error;
    const state = codeOf(cause) ?? '';
    // only the server's refusal is an answer; a lost connection is not
    if (!/^[0-9A-Z]{5}$/.test(state)) throw cause;
    return { state, message: messageOf(cause) };
  } finally {
    if (alone) await session.script('rollback');
  }
}

function judge({ name, tries, refusedBy, harmless, isDeclared }: Escape, answer: Answer | undefined): Attempted {
  if (answer === undefined) {
    if (isDeclared) return { name, tries, verdict: 'declared', answer: 'the contract allows it' };
    if (harmless) return { name, tries, verdict: 'harmless', answer: harmless };
    return { name, tries, verdict: 'finding', answer: 'it succeeded' };
  }
  const said = `${answer.message} (${answer.state})`;
  const isRefusal = refusedBy.includes(answer.state);
  return {
    name,
    tries,
    verdict: isRefusal ? 'refused' : 'finding',
    answer: isRefusal ? said : `no clear refusal: ${said}`,
  };
}
