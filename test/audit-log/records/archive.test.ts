import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, vi } from 'vitest';
import {
  archivePlan,
  archiveRecords,
  logAuditEvent,
  restoreMonth,
  verifyRecords,
} from '../../../audit-log/records/index.ts';
import { bucketServer } from '../../support/bucket-server.ts';
import { test } from '../../support/record-test.ts';
import { anEvent, monthsAgo, otherWorkspace, partitionOf, pastRecords, workspace } from '../../support/records.ts';

describe('the archive', () => {
  test('says what would go and why, moves whole months, and leaves an entry for each', async ({ database }) => {
    const session = await database.superuser();
    await pastRecords(session, monthsAgo(6), 30);
    await pastRecords(session, monthsAgo(1), 10);
    expect(await archivePlan(session)).toMatchObject([
      { tier: 'hot', partition: partitionOf(monthsAgo(6)), decision: 'move' },
      { tier: 'hot', partition: partitionOf(monthsAgo(1)), decision: 'keep' },
    ]);
    await archiveRecords(session, { coldFolder: database.cold, dryRun: true });
    expect(await session.row('select count(*) as n from audit.audit_events_archive')).toEqual({ n: 0 });
    expect(await archiveRecords(session, { coldFolder: database.cold, dryRun: false })).toMatchObject({
      archived: 30,
      frozen: [],
    });
    expect(await session.row('select count(*) as n from audit.audit_events_archive')).toEqual({ n: 30 });
    expect(
      (await session.query('select partition_name, records, deletion_authority from audit.audit_deletion_log')).rows,
    ).toEqual([{ partition_name: partitionOf(monthsAgo(6)), records: 30, deletion_authority: 'Retention' }]);
    for (const deed of ['delete from', 'truncate'])
      await expect(session.query(`${deed} audit.audit_events_archive`)).rejects.toMatchObject({ code: 'DD001' });
  });

  test('moves one month in a transaction, so that writers wait for one detach and never for a count', async ({
    database,
  }) => {
    const [session, writer] = [await database.superuser(), await database.superuser()];
    for (const month of [monthsAgo(7), monthsAgo(6)]) await pastRecords(session, month, 3);
    expect(await session.row('select * from audit.archive_old_audit_events()')).toEqual({
      archived_count: 3,
      deleted_count: 0,
    });
    // what is held before the detach lets everybody write but into that month
    await session.rolledBack(async () => {
      await session.query(`lock table audit.${partitionOf(monthsAgo(6))} in share mode`);
      await writer.query("set lock_timeout = '50ms'");
      await logAuditEvent(writer, anEvent());
    });
    expect(await session.row('call audit.archive_all_due()')).toEqual({ archived_count: 3, deleted_count: 0 });
    expect(await session.row('call audit.archive_all_due()')).toEqual({ archived_count: 0, deleted_count: 0 });
  });

  test('moves by batches where one workspace keeps its records longer', async ({ database }) => {
    const session = await database.superuser();
    await pastRecords(session, monthsAgo(6), 25);
    await pastRecords(session, monthsAgo(6), 5, { of: otherWorkspace });
    await database.seal();
    await session.query(
      `insert into audit.audit_retention_policies (workspace_id, hot_retention_days, warm_archive_days) values ($1, 300, 600)`,
      [otherWorkspace],
    );
    expect(await archivePlan(session)).toMatchObject([
      { decision: 'batch', reason: expect.stringContaining('1 are not') },
    ]);
    expect(await session.row('select archived_count from audit.archive_old_audit_events(10)')).toEqual({
      archived_count: 10,
    });
    expect(await archiveRecords(session, { coldFolder: database.cold, dryRun: false })).toMatchObject({ archived: 15 });
    const { rows } = await session.query(`select workspace_id from audit.${partitionOf(monthsAgo(6))}`);
    expect(rows).toEqual(Array(5).fill({ workspace_id: otherWorkspace }));
    expect((await database.verify()).problems).toEqual([]);
  });

  test('gives up under a long reader rather than hold up who writes', async ({ database }) => {
    const [session, reader] = [await database.superuser(), await database.superuser()];
    await pastRecords(session, monthsAgo(6), 3);
    await reader.query('begin');
    await reader.query('select count(*) from audit.audit_events');
    await expect(session.query('select audit.archive_old_audit_events()')).rejects.toMatchObject({ code: '55P03' });
    await reader.query('rollback');
    expect(await session.row('select archived_count from audit.archive_old_audit_events()')).toEqual({
      archived_count: 3,
    });
  });

  test('freezes a month with its personal data, restores it beside the record, and lets the file go in the end, but for a hold', async ({
    database,
  }) => {
    const session = await database.superuser();
    const month = monthsAgo(14);
    await pastRecords(session, month, 40);
    await session.query(
      `insert into drydock.audit_personal_inbox
       select id, 'values', created_at, workspace_id, created_by_user_id, audit.new_salt(), '{"a": 1}' from audit.audit_events where action_type = 'IMPORT' limit 4`,
    );
    await database.seal();
    const { archived, frozen } = await archiveRecords(session, { coldFolder: database.cold, dryRun: false });
    expect({ archived, frozen }).toMatchObject({ archived: 40, frozen: [{ month, records: 40 }] });
    expect(readdirSync(database.cold)).toEqual([
      expect.stringMatching(`^${partitionOf(month)}[.][0-9a-f]{12}[.]parquet$`),
    ]);
    expect(
      await session.row(
        "select count(*) as n from audit.audit_events_all where created_at < now() - interval '1 year'",
      ),
    ).toEqual({ n: 0 });

    const restored = await restoreMonth(session, { month, schema: 'Looked At' });
    expect(restored).toEqual({ table: '"Looked At"."audit_events"', records: 40 });
    expect(await session.row(`select sum((new_values ->> 'n')::int) as n from "Looked At".audit_events`)).toEqual({
      n: 820,
    });
    await expect(restoreMonth(session, { month: '1999-01-01', schema: 'x' })).rejects.toMatchObject({
      code: 'RECORDS_COLD_MISSING',
    });

    await session.query(`update audit.audit_retention_policies set warm_archive_days = 91, cold_delete_days = 92`);
    await session.query(
      `insert into audit.audit_retention_policies (workspace_id, warm_archive_days, cold_delete_days, is_compliance_mode, compliance_reason, compliance_owner, compliance_expires_at)
       values ($1, 91, 92, true, 'lawsuit', 'Legal', now() + interval '1 day')`,
      [workspace],
    );
    expect(await archiveRecords(session, { coldFolder: database.cold, dryRun: false })).toMatchObject({
      deleted: [],
      plan: expect.arrayContaining([
        expect.objectContaining({ tier: 'cold', decision: 'keep', reason: expect.stringContaining('Legal holds it') }),
      ]),
    });
    await session.query(
      `update audit.audit_retention_policies set compliance_expires_at = now() where is_compliance_mode`,
    );
    const { deleted } = await archiveRecords(session, { coldFolder: database.cold, dryRun: false });
    expect(deleted).toHaveLength(1);
    expect(existsSync(deleted[0]!)).toBe(false);
    await database.seal();
    expect(await database.verify()).toMatchObject({ verdict: 'go', problems: [] });
  });

  test('freezes into a bucket, verifies and restores from there, and removes it there', async ({ database }) => {
    await using bucket = await bucketServer('cold-tier');
    for (const [name, value] of Object.entries(bucket.env)) vi.stubEnv(name, value);
    const place = { coldFolder: 's3://cold-tier/records', endpoint: bucket.env['AWS_ENDPOINT_URL_S3'] };
    const session = await database.superuser();
    const month = monthsAgo(14);
    await pastRecords(session, month, 5);
    await database.seal();
    const { frozen } = await archiveRecords(session, { ...place, dryRun: false });
    expect(frozen).toMatchObject([
      { records: 5, file: expect.stringContaining('s3://cold-tier/records/audit_events_') },
    ]);
    const order = {
      session,
      folder: database.seals,
      publicKey: database.keys.publicKey,
      anchors: [],
      endpoint: place.endpoint,
    };
    expect(await verifyRecords(order)).toMatchObject({ verdict: 'go', records: 6 });
    expect(await restoreMonth(session, { month, schema: 'fetched', endpoint: place.endpoint })).toMatchObject({
      records: 5,
    });
    await session.query('update audit.audit_retention_policies set warm_archive_days = 91, cold_delete_days = 92');
    expect((await archiveRecords(session, { ...place, dryRun: false })).deleted).toEqual([frozen[0]!.file]);
    await expect(bucket.object(frozen[0]!.file.slice('s3://cold-tier/'.length))).rejects.toThrow();
    vi.unstubAllEnvs();
  });

  test('drops nothing whose file does not hold the same', async ({ database }) => {
    const session = await database.superuser();
    await pastRecords(session, monthsAgo(14), 5);
    await session.query('select audit.archive_old_audit_events()');
    const drop = (records: number) =>
      session.query('select audit.drop_frozen_partition($1, $2, repeat($3, 64), $4, 0)', [
        monthsAgo(14),
        '/nowhere',
        'a',
        records,
      ]);
    await expect(drop(4)).rejects.toMatchObject({ code: 'DD002' });
    await session.query(`update audit.audit_retention_policies set warm_archive_days = 1000`);
    await expect(drop(5)).rejects.toMatchObject({
      code: 'DD002',
      message: expect.stringContaining('may not be frozen'),
    });
  });

  test('a policy that makes no sense, or a hold without owner and end, is refused', async ({ database }) => {
    const session = await database.superuser();
    const policy = (columns: string, values: string) =>
      session.query(
        `insert into audit.audit_retention_policies (workspace_id, ${columns}) values (gen_random_uuid(), ${values})`,
      );
    await expect(policy('hot_retention_days', '0')).rejects.toMatchObject({
      constraint: 'check_hot_retention_positive',
    });
    await expect(policy('warm_archive_days', '90')).rejects.toMatchObject({ constraint: 'check_warm_after_hot' });
    await expect(policy('is_compliance_mode, compliance_reason', `true, 'GDPR'`)).rejects.toMatchObject({
      constraint: 'check_compliance_reason',
    });
  });
});
