import { expect, test } from 'vitest';
import type { Promotion } from '../../../stage/promotion/index.ts';
import { rollbackOf } from '../../../stage/promotion/rollback.ts';

const files = ['sql/a.sql', 'sql/b.sql', 'sql/c.sql'].map((file) => ({ file, sha256: '0' }));

function rollback(given: Partial<Promotion>): string {
  const made = {
    state: 'promoted',
    backup: null,
    position: null,
    database: 'shop',
    migrations: files,
    startedAt: 'then',
  };
  return rollbackOf({ ...made, ...given } as Promotion).join('\n');
}

test('files are taken back newest first', () => {
  expect(rollback({})).toContain('sql/c.sql, sql/b.sql, sql/a.sql.');
});

test('a target that is as it was has nothing to take back, and one nobody knows of is asked first', () => {
  expect(rollback({ state: 'untouched' })).toBe('Nothing: the target is as it was.');
  expect(rollback({ state: 'unknown' })).toMatch(/^Run "drydock promote" again[^\n]*$/);
});

test('each kind of backup is restored its own way', () => {
  const sha256 = 'ab'.repeat(32);
  const dump = rollback({ backup: { kind: 'dump', file: 'x.dump', bytes: 1, sha256, entries: 1, tool: 'pg_dump 16' } });
  expect(dump).toContain(`echo '${sha256}  x.dump' | sha256sum --check`);
  expect(dump).toContain('createdb shop_restored && pg_restore --exit-on-error --dbname shop_restored x.dump');
  const external = rollback({ backup: { kind: 'external', file: 'x.tar', bytes: 1, sha256 } });
  expect(external).toContain(`Restore x.tar (sha256 ${sha256}) with the tool that made it.`);
  expect(external).not.toContain('pg_restore');
});
