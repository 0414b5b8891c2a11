import { messageOf } from '../../../ops/errors.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { recordQuery } from '../queries.ts';
import { verifyRecords } from '../verify.ts';

/** Says what would notice the deed that was just done, in the transaction that is open; undefined when nothing would. */
export type Detector = () => Promise<string | undefined>;

/** Of our own record: what the seals and the health view say after a deed that they did not say before. */
export async function noticedBySeals(session: Session, folder: string, publicKey: string): Promise<Detector> {
  const complaints = async () => {
    const { problems } = await verifyRecords({ session, folder, publicKey, anchors: [] });
    const { rows } = await session.query<{ detail: string }>(
      'select detail from audit.vw_audit_health where not healthy',
    );
    return [...problems.map(({ message }) => message), ...rows.map(({ detail }) => detail)];
  };
  const before = new Set(await complaints());
  return async () => {
    // what cannot even be verified any more is noticed too
    const found = await session
      .takenBack(complaints)
      .catch((error) => [`verification fails: ${messageOf(error).split('\n')[0]}`]);
    return found.find((complaint) => !before.has(complaint));
  };
}

/** Of any design: rows that came to another table of the schema are a trace of the deed. */
export async function noticedByTrace(session: Session, table: string): Promise<Detector> {
  const neighbours = (await recordQuery<{ name: string }>(session, 'attack_neighbours', [table])).map(
    ({ name }) => name,
  );
  const before = await rowsOf(session, neighbours);
  return async () => {
    const now = await rowsOf(session, neighbours);
    const grown = neighbours.find((name) => (now.get(name) ?? 0) > before.get(name)!);
    return grown && `${grown} has ${now.get(grown)! - before.get(grown)!} rows more: the deed was recorded there`;
  };
}

/** Rows by table; a table that was dropped is left out. */
async function rowsOf(session: Session, tables: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const table of tables) {
    const { there } = await session.row<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
    if (!there) continue;
    const { rows } = await session.row<{ rows: number }>(`select count(*) as rows from ${table}`);
    counts.set(table, rows);
  }
  return counts;
}
