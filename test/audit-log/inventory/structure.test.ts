import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { structureJson, structureOf } from '../../../audit-log/inventory/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { audit, Databases, foreignSchema, tableOf } from './support.ts';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
});
afterAll(() => databases[Symbol.asyncDispose]());

describe('the structure of a database we did not write', () => {
  test('has its columns as Postgres spells them, mixed-case names included', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    const order = tableOf(taken, 'Mixed Case.Order');
    expect(order.columns.map(({ column_name, data_type }) => `${column_name} ${data_type}`)).toEqual([
      'Id bigint',
      'Line No integer',
      'colour "Mixed Case"."Colour"',
      'price numeric(10,2)',
      'code character varying(12)',
    ]);
    expect(order.columns[3]).toMatchObject({ numeric_precision: 10, numeric_scale: 2 });
    expect(order.columns[4]).toMatchObject({
      character_maximum_length: 12,
      column_default: "'x''y'::character varying",
    });
    expect(taken.structure.enums).toEqual([{ schema: 'Mixed Case', enum: 'Colour', labels: ['red', 'green'] }]);
  });

  test('a foreign key of two columns is one key of two pairs, not four', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    const keys = taken.structure.constraints.filter((one) => one.constraint === 'two columns');
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({
      columns: ['Order Id', 'Order Line'],
      ref_schema: 'Mixed Case',
      ref_table: 'Order',
      ref_columns: ['Id', 'Line No'],
      delete_rule: 'CASCADE',
      update_rule: 'NO ACTION',
    });
  });

  test('partitions are rolled up into their root and listed with their bounds', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    expect(taken.tables.filter(({ table }) => table.startsWith('measured')).map(({ table }) => table)).toEqual([
      'measured',
    ]);
    expect(tableOf(taken, 'public.measured')).toMatchObject({
      partition_count: 2,
      record_count: 42,
      kind: 'partitioned table',
    });
    expect(tableOf(taken, 'public.measured').bytes).toBeGreaterThan(0);
    expect(taken.structure.partitions.map(({ table, parent, bound }) => `${table} of ${parent}: ${bound}`)).toEqual([
      'measured of null: null',
      "measured_2025 of public.measured: FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
      "measured_2026 of public.measured: FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    ]);
  });

  test('triggers are decoded', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    expect(taken.structure.triggers).toMatchObject([
      {
        table: 'developer',
        name: 'stamp',
        timing: 'BEFORE',
        events: ['INSERT', 'UPDATE'],
        level: 'ROW',
        function: 'public.set_audit_fields',
        is_enabled: true,
      },
    ]);
  });

  test('rows change nothing of its bytes, a new default does', async () => {
    const target = await databases.create(foreignSchema);
    const before = structureJson(structureOf(await audit(target)));
    await using session = await Session.open(target);
    await session.query('delete from public.measured');
    await session.query('vacuum analyze');
    expect(structureJson(structureOf(await audit(target)))).toBe(before);
    await session.query("alter table public.developer alter name set default 'nobody'");
    expect(structureJson(structureOf(await audit(target)))).not.toBe(before);
  });

  test('a dropped trigger is gone at once, and a vacuum later changes nothing more', async () => {
    const target = await databases.create(foreignSchema);
    await using session = await Session.open(target);
    await session.query('drop trigger stamp on public.developer');
    const taken = await audit(target);
    expect(tableOf(taken, 'public.version_family').has_triggers).toBe(false);
    expect(tableOf(taken, 'public.developer').has_triggers).toBe(false);
    await session.query('vacuum analyze');
    expect((await audit(target)).structure_sha256).toBe(taken.structure_sha256);
  });

  test('is the same, byte for byte, for a role that may select from nothing', async () => {
    const target = await databases.create(foreignSchema);
    const nobody = await databases.login(target, '');
    const [owner, stranger] = [await audit(target), await audit(nobody)];
    expect(stranger.database_info.current_user).toMatch(/^reader_/);
    // the login has a right of its own in neither: only the roles that it can see are in the grants
    expect(structureJson(structureOf(stranger))).toBe(structureJson(structureOf(owner)));
  });

  test('the session wrote nothing, and the server says so', async () => {
    const { read_only } = await audit(await databases.create(foreignSchema));
    expect(read_only).toMatchObject({ transactionReadOnly: true, transactionId: null, isolation: 'repeatable read' });
    expect(read_only.statements).toBeGreaterThan(15);
  });

  test('a schema that is not there is an error, not an empty audit', async () => {
    const target = await databases.create(foreignSchema);
    await expect(audit(target, { schemas: ['mixed case'] })).rejects.toMatchObject({ code: 'INVENTORY_SCHEMA' });
    const one = await audit(target, { schemas: ['Mixed Case'] });
    expect(one.tables.map(({ table }) => table)).toEqual(['Note', 'Order']);
  });
});
