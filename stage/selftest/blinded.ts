import { runCheck, type Check } from '../checks.ts';
import type { Session } from '../../ops/postgres/index.ts';
import type { Fault } from './faults.ts';
import type { Planted } from './plant.ts';

/** Ways in which a check itself stops looking, while its file is still there. */
const blindings: readonly { kind: string; title: string; blind(text: string): string }[] = [
  {
    kind: 'check_emptied',
    title: 'A check looks at no row any more',
    blind: (text) => `select * from (${text.trim().replace(/;$/, '')}\n) as blinded where false`,
  },
  {
    kind: 'check_examines_nothing',
    title: 'A check returns rows and looked at nothing',
    blind: (text) =>
      `select object, 0::bigint as examined, 0::bigint as violations, detail from (${text.trim().replace(/;$/, '')}\n) as blinded`,
  },
];

/** Blinds every check in every way; what examined nothing must not count as go. */
export async function blindChecks(session: Session, checks: readonly Check[]): Promise<Planted[]> {
  const planted: Planted[] = [];
  for (const { kind, title, blind } of blindings) {
    for (const check of checks) {
      const file = { ...check.file, text: blind(check.file.text) };
      const { verdict, reason = '' } = await session.rolledBack(() => runCheck(session, { ...check, file }));
      const fault: Fault = {
        name: `${kind}: ${check.id}`,
        kind,
        title,
        faultClass: 'checks',
        object: check.id,
        plant: file.text,
        caughtBy: undefined,
      };
      const catches = verdict === 'go' ? [] : [{ by: check.id, gate: check.gate, said: `${verdict}: ${reason}` }];
      planted.push({ fault, catches, refused: undefined });
    }
  }
  return planted;
}
