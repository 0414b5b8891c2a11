import { canonicalJson, sha256 } from '../../ops/evidence.ts';
import type { Session } from '../../ops/postgres/index.ts';

/** What is kept in a staging's database but is about the server: it outlives a staging that is put back. */
export interface Books {
  readonly leases: readonly unknown[];
  /** Who may open which database. */
  readonly doors: readonly unknown[];
  readonly roles: readonly unknown[];
  readonly events: readonly unknown[];
}

/** Where each of them is kept; the events are only ever added to. */
const tables = {
  leases: 'drydock.lease',
  doors: `drydock.contract_right where kind = 'database'`,
  roles: 'drydock.declared_role',
} as const;

export async function readBooks(inside: Session): Promise<Books> {
  const listOf = (table: string) => `(select coalesce(jsonb_agg(entry), '[]') from (select * from ${table}) as entry)`;
  return inside.row<Books>(
    `select ${listOf(tables.leases)} as leases, ${listOf(tables.doors)} as doors, ${listOf(tables.roles)} as roles,
         ${listOf('audit.lease_event order by id')} as events`,
  );
}

/** Writes books into a staging that has older ones. */
export async function writeBooks(inside: Session, books: Books): Promise<void> {
  await inside.transaction(async () => {
    for (const [name, table] of Object.entries(tables)) {
      const [relation] = table.split(' ');
      await inside.query(`delete from ${table}`);
      await inside.query(`insert into ${relation} select * from jsonb_populate_recordset(null::${relation}, $1)`, [
        JSON.stringify(books[name as keyof typeof tables]),
      ]);
    }
    await inside.query(
      `insert into audit.lease_event overriding system value
       select * from jsonb_populate_recordset(null::audit.lease_event, $1) on conflict (id) do nothing`,
      [JSON.stringify(books.events)],
    );
    await inside.query(
      `select pg_catalog.setval('audit.lease_event_id_seq', (select coalesce(max(id), 0) + 1 from audit.lease_event), false)`,
    );
  });
}

/** Equal for equal books, whatever order they are kept in. */
export function sha256OfBooks({ leases, doors, roles, events }: Books): string {
  const inOrder = [leases, doors, roles, events].map((list) => list.map(canonicalJson).sort());
  return sha256(canonicalJson(inOrder));
}
