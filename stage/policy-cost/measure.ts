import { codeOf } from '../../ops/errors.ts';
import { identifier, isSuperuser, qualified, type Session } from '../../ops/postgres/index.ts';
import { quantile } from '../performance/statistics.ts';
import type { Policy, Suspect } from './suspects.ts';

/** Milliseconds that reading the whole table takes under a policy, as it is and as it would be mended. */
export interface Cost {
  readonly asIs: number;
  readonly mended: number;
  /** The middle of the ratios of all turns, and what three of four turns exceed. */
  readonly ratio: number;
  readonly atLeast: number;
}

const turns = 5;
/** Of several executions in a row the fastest counts: what disturbs a machine never makes a query faster. */
const executions = 2;
const longestMs = 5000;
const outOfTime = '57014';

/** Times a policy as it is and mended, turn by turn, each in a transaction that is taken back. */
export async function costOf(session: Session, suspect: Suspect, all: readonly Policy[]): Promise<Cost> {
  const { policy, mended } = suspect;
  const others = all.filter(({ oid }) => oid === policy.oid);
  const pairs: { asIs: number; mended: number }[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    pairs.push({
      asIs: await timeUnder(session, policy, others, { expression: policy.expression, first: '' }),
      mended: await timeUnder(session, policy, others, mended),
    });
  }
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  const ratios = sorted(pairs.map((pair) => pair.asIs / pair.mended));
  return {
    asIs: quantile(sorted(pairs.map((pair) => pair.asIs)), 0.5),
    mended: quantile(sorted(pairs.map((pair) => pair.mended)), 0.5),
    ratio: quantile(ratios, 0.5),
    atLeast: quantile(ratios, 0.25),
  };
}

/** Milliseconds to count the table as the policy's role, with this policy and no other; what takes too long took so long. */
async function timeUnder(
  session: Session,
  { schema, table, role }: Policy,
  others: readonly Policy[],
  { expression, first }: Suspect['mended'],
): Promise<number> {
  const target = qualified(schema, table);
  const statements = [
    `set local search_path = ''`,
    ...others.map(({ name }) => `drop policy ${identifier(name)} on ${target}`),
    `create policy drydock_measured on ${target} for select to ${identifier(role)} using (${expression})`,
    `grant usage on schema ${identifier(schema)} to ${identifier(role)}`,
    `grant select on ${target} to ${identifier(role)}`,
    first,
    `set local statement_timeout = ${longestMs}`,
    `set local ${(await isSuperuser(session)) ? 'session authorization' : 'role'} ${identifier(role)}`,
  ];
  return session.rolledBack(async () => {
    await session.script(statements.filter(Boolean).join(';\n'));
    return session
      .takenBack(() => fastest(session, `select count(*) from ${target}`))
      .catch((error: unknown) => {
        if (codeOf(error) === outOfTime) return longestMs;
        throw error;
      });
  });
}

async function fastest(session: Session, query: string): Promise<number> {
  let best = Infinity;
  for (let execution = 0; execution < executions; execution += 1) {
    const startedAt = performance.now();
    await session.query(query);
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}
