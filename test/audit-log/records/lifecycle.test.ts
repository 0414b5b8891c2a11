import { execFile } from 'node:child_process';
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  approveErasure,
  archivePlan,
  archiveRecords,
  certifyErasure,
  executeErasure,
  getAuditTrail,
  listErasures,
  logAuditEvent,
  publisherOf,
  recordSession,
  requestErasure,
  restoreMonth,
  Sealer,
  verifyRecords,
} from '../../../audit-log/records/index.ts';
import { canonicalJson } from '../../../ops/evidence.ts';
import { bucketServer } from '../../support/bucket-server.ts';
import {
  anEvent,
  monthsAgo,
  otherWorkspace,
  pastRecords,
  RecordDatabase,
  tamper,
  workspace,
} from '../../support/records.ts';
import { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await Staging.start();
});
afterAll(() => server[Symbol.asyncDispose]());

function partitionOf(month: string): string {
  return `audit_events_${month.slice(0, 7).replace('-', '_')}`;
}

describe('the archive', () => {
  test('says what would go and why, moves whole months, and leaves an entry for each', async () => {
    await using database = await RecordDatabase.make(server);
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

  test('moves one month in a transaction, so that writers wait for one detach and never for a count', async () => {
    await using database = await RecordDatabase.make(server);
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

  test('moves by batches where one workspace keeps its records longer', async () => {
    await using database = await RecordDatabase.make(server);
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

  test('gives up under a long reader rather than hold up who writes', async () => {
    await using database = await RecordDatabase.make(server);
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

  test('freezes a month with its personal data, restores it beside the record, and lets the file go in the end, but for a hold', async () => {
    await using database = await RecordDatabase.make(server);
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

  test('freezes into a bucket, verifies and restores from there, and removes it there', async () => {
    await using bucket = await bucketServer('cold-tier');
    for (const [name, value] of Object.entries(bucket.env)) vi.stubEnv(name, value);
    const place = { coldFolder: 's3://cold-tier/records', endpoint: bucket.env['AWS_ENDPOINT_URL_S3'] };
    await using database = await RecordDatabase.make(server);
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

  test('drops nothing whose file does not hold the same', async () => {
    await using database = await RecordDatabase.make(server);
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

  test('a policy that makes no sense, or a hold without owner and end, is refused', async () => {
    await using database = await RecordDatabase.make(server);
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

describe('erasing a person', () => {
  const person = randomUUID();
  const secrets = ['marta.planted@person.example', '203.0.113.77', 'PlantedAgent/9'];

  async function withPerson() {
    const database = await RecordDatabase.make(server);
    const session = await database.superuser();
    const event = () =>
      logAuditEvent(
        session,
        anEvent({
          createdByUserId: person,
          newValues: { email: secrets[0] },
          ipAddress: secrets[1]!,
          userAgent: secrets[2]!,
        }),
      );
    const ids = [await event()];
    await database.seal();
    ids.push(await event()); // still in the inbox, in clear
    await logAuditEvent(session, anEvent({ newValues: { email: 'somebody.else@person.example' } }));
    return { database, session, ids };
  }

  const order = { workspaceId: workspace, userId: person, authority: 'GDPR', ticket: 'GDPR-2026-001' } as const;

  test('needs two others than who asked, each in their own name', async () => {
    const { database } = await withPerson();
    await using _ = database;
    const [ann, ben] = [await database.as('ann', 'record_officer'), await database.as('ben', 'record_officer')];
    const id = await requestErasure(ann, order);
    const refused = (said: string) => ({ code: 'RECORDS_ERASURE', message: expect.stringContaining(said) });
    await expect(executeErasure(ann, id)).rejects.toMatchObject(refused('lacks 2 of two approvals'));
    await expect(approveErasure(ann, id)).rejects.toMatchObject(refused('cannot approve it'));
    await expect(approveErasure(ann, id, 'cleo')).rejects.toMatchObject(refused('may not speak for'));
    expect(await approveErasure(ben, id)).toBe(1);
    await expect(approveErasure(ben, id)).rejects.toMatchObject(refused('approved it already'));
    await expect(
      ben.query('select * from audit.delete_user_audit_events_compliant($1, $2, $3, $4)', [
        person,
        workspace,
        'GDPR',
        order.ticket,
      ]),
    ).rejects.toMatchObject({ code: 'DD004', message: expect.stringContaining('lacks 1 of two approvals (has: ben)') });
    const desk = await database.login('record_desk');
    expect(await approveErasure(desk, id, 'cleo')).toBe(2);
    const [done] = (
      await ben.query('select * from audit.delete_user_audit_events_compliant($1, $2, $3, $4)', [
        person,
        workspace,
        'GDPR',
        order.ticket,
      ])
    ).rows;
    expect(done).toMatchObject({ deleted_count: 2 });
    await expect(executeErasure(ben, id)).rejects.toMatchObject(refused('executed already'));
    expect(await listErasures(ben)).toMatchObject([{ id, state: 'executed', approved_by: ['ben', 'cleo'] }]);
  });

  test('leaves the records and their proofs, and of the person nothing in any file of the database', async () => {
    const { database, session, ids } = await withPerson();
    await using _ = database;
    await session.query('checkpoint');
    expect(await filesThatHold(server, database, secrets)).not.toEqual([]);
    const desk = await database.login('record_desk');
    const id = await requestErasure(desk, { ...order, by: 'ann' });
    await approveErasure(desk, id, 'ben');
    await approveErasure(desk, id, 'cleo');
    await executeErasure(desk, id, { backupDays: 10 });
    await database.seal();
    expect(await database.verify()).toMatchObject({ verdict: 'go', problems: [] });

    const trail = await getAuditTrail(session, workspace, { keys: database.keys });
    for (const record of trail.filter((found) => ids.includes(found.id)))
      expect(record).toMatchObject({
        personal: 'erased',
        new_values: null,
        ip_address: null,
        created_by_user_id: person,
      });
    expect(JSON.stringify(trail)).toContain('somebody.else@person.example');

    await session.query('checkpoint');
    expect(await filesThatHold(server, database, secrets)).toEqual([]);
    const items = await session.query('select record_id from audit.audit_deletion_item');
    expect(items.rows.map(({ record_id }) => record_id).sort()).toEqual([...ids].sort());

    const certificate = await certifyErasure(session, database.keys, id);
    const { signature, ...stated } = certificate;
    expect(
      verify(
        null,
        Buffer.from(canonicalJson(stated)),
        createPublicKey(database.keys.publicKey),
        Buffer.from(signature, 'base64'),
      ),
    ).toBe(true);
    expect(certificate).toMatchObject({ person, records: 2, approved_by: ['ben', 'cleo'], requested_by: 'ann' });
    expect(certificate.keys_destroyed).toHaveLength(1);
    expect(certificate.backups.may_hold_it_until).toBe(
      new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10),
    );
  });

  test('reaches hot, warm and cold alike: no tier holds a word of the person, nor what would open their ciphers', async () => {
    await using database = await RecordDatabase.make(server);
    const session = await database.superuser();
    const months = [monthsAgo(14), monthsAgo(5), monthsAgo(1)];
    for (const month of months) {
      await pastRecords(session, month, 1, { of: otherWorkspace });
      await session.query(
        `with record as (
             insert into audit.audit_events (created_at, created_by_user_id, action_type, resource_type, resource_id, workspace_id, values_sha256)
             select $1::timestamptz + interval '1 day', $2, 'SIGN_UP', 'profile', $2, $3, audit.commitment(sha256('salt'), made.content)
             from (select jsonb_build_object('new_values', jsonb_build_object('email', $4::text)) as content) as made
             returning id, created_at, workspace_id
         )
         insert into drydock.audit_personal_inbox
         select id, 'values', created_at, workspace_id, $2, sha256('salt'), jsonb_build_object('new_values', jsonb_build_object('email', $4::text)) from record`,
        [month, person, workspace, secrets[0]],
      );
    }
    await database.seal();
    const { frozen } = await archiveRecords(session, { coldFolder: database.cold, dryRun: false });
    expect(frozen).toMatchObject([{ month: months[0], records: 2 }]);
    const tiers = async () =>
      await getAuditTrail(session, workspace, { resourceType: 'profile', daysBack: 400, keys: database.keys });
    expect(await tiers()).toMatchObject([
      { tier: 'hot', personal: 'opened', new_values: { email: secrets[0] } },
      { tier: 'warm', personal: 'opened', new_values: { email: secrets[0] } },
    ]);

    const desk = await database.login('record_desk');
    const id = await requestErasure(desk, { ...order, by: 'ann' });
    for (const by of ['ben', 'cleo']) await approveErasure(desk, id, by);
    expect(await executeErasure(desk, id)).toMatchObject({ records: 2 });
    await database.seal();
    expect(await tiers()).toMatchObject([
      { tier: 'hot', personal: 'erased', new_values: null },
      { tier: 'warm', personal: 'erased', new_values: null },
    ]);
    const certificate = await certifyErasure(session, database.keys, id);
    expect(certificate).toMatchObject({ cold_months: [months[0]], keys_destroyed: [expect.any(String)] });
    expect(readFileSync(frozen[0]!.file).includes(secrets[0]!)).toBe(false);
    const { rows } = await session.query('select from drydock.audit_subject_key where id = any ($1)', [
      certificate.keys_destroyed,
    ]);
    expect(rows).toEqual([]);
    expect(await database.verify()).toMatchObject({ verdict: 'go', problems: [] });
  });

  test('waits for nobody longer than it makes others wait', async () => {
    const { database, session } = await withPerson();
    await using _ = database;
    const [desk, slow, quick] = [
      await database.login('record_desk'),
      await database.superuser(),
      await database.superuser(),
    ];
    const id = await requestErasure(desk, { ...order, by: 'ann' });
    for (const by of ['ben', 'cleo']) await approveErasure(desk, id, by);
    await slow.query('begin');
    await logAuditEvent(slow, anEvent({ newValues: { email: 'open@person.example' } }));
    await expect(desk.query('select audit.execute_erasure($1)', [id])).rejects.toMatchObject({ code: '55P03' });
    await quick.query("set lock_timeout = '1s'");
    const erasing = executeErasure(desk, id);
    for (let n = 0; n < 20; n += 1) await logAuditEvent(quick, anEvent({ newValues: { email: 'b@person.example' } }));
    await slow.query('commit');
    expect((await erasing).records).toBe(2);
    expect(await session.row('select count(*) as erased from audit.audit_erasure')).toEqual({ erased: 1 });
  });

  test('is refused while its workspace is held, and after the request expired', async () => {
    const { database, session } = await withPerson();
    await using _ = database;
    const desk = await database.login('record_desk');
    const id = await requestErasure(desk, { ...order, by: 'ann' });
    await approveErasure(desk, id, 'ben');
    await approveErasure(desk, id, 'cleo');
    await session.query(
      `insert into audit.audit_retention_policies (workspace_id, is_compliance_mode, compliance_reason, compliance_owner, compliance_expires_at)
       values ($1, true, 'lawsuit', 'Legal', now() + interval '1 day')`,
      [workspace],
    );
    await expect(executeErasure(desk, id)).rejects.toMatchObject({ message: expect.stringContaining('is held') });
    await session.query(
      'update audit.audit_retention_policies set compliance_expires_at = now() where is_compliance_mode',
    );
    await tamper(session, `update audit.audit_erasure_request set expires_at = now() - interval '1 day'`);
    await expect(executeErasure(desk, id)).rejects.toMatchObject({ message: expect.stringContaining('expired') });
  });

  test('who comes back after an erasure has a key of their own again', async () => {
    const { database, session } = await withPerson();
    await using _ = database;
    const desk = await database.login('record_desk');
    const id = await requestErasure(desk, { ...order, by: 'ann' });
    await approveErasure(desk, id, 'ben');
    await approveErasure(desk, id, 'cleo');
    await executeErasure(desk, id);
    const fresh = await logAuditEvent(
      session,
      anEvent({ createdByUserId: person, newValues: { email: 'again@person.example' } }),
    );
    await database.seal();
    const trail = await getAuditTrail(session, workspace, { keys: database.keys });
    expect(trail.find((record) => record.id === fresh)).toMatchObject({
      personal: 'opened',
      new_values: { email: 'again@person.example' },
    });
  });
});

/** Every file of the database, searched for these texts. WAL is not of the database: the certificate names its window. */
async function filesThatHold(staging: Staging, database: RecordDatabase, texts: string[]): Promise<string[]> {
  await using session = await staging.connect(database.admin.database);
  const { oid } = await session.row<{ oid: number }>('select oid from pg_database where datname = current_database()');
  const folder = join(staging.instance.dataDirectory!, 'base', String(oid));
  return readdirSync(folder).filter((name) => {
    const content = readFileSync(join(folder, name), 'latin1');
    return texts.some((text) => content.includes(text));
  });
}

describe('the sealer', () => {
  test('seals what is committed only, and never what an open transaction could still precede', async () => {
    await using database = await RecordDatabase.make(server);
    const [open, other] = [await database.superuser(), await database.superuser()];
    await open.query('begin');
    await logAuditEvent(open, anEvent());
    await logAuditEvent(other, anEvent());
    expect((await database.seal()).records).toBe(1); // the migration's own
    await open.query('commit');
    expect((await database.seal()).records).toBe(2);
    expect(
      await other.row('select last_position from audit.audit_event_sequence where workspace_id = $1', [workspace]),
    ).toEqual({ last_position: 2 });
  });

  test('notes a record that stands under an earlier time than one sealed before', async () => {
    await using database = await RecordDatabase.make(server);
    const session = await database.superuser();
    await logAuditEvent(session, anEvent());
    await database.seal();
    await pastRecords(session, monthsAgo(1), 1);
    await database.seal();
    expect((await session.query('select workspace_id from audit.audit_regression')).rows).toEqual([
      { workspace_id: workspace },
    ]);
  });

  test('says every hour that nothing happened', async () => {
    await using database = await RecordDatabase.make(server);
    expect((await database.seal()).checkpoints).toBe(1);
    expect((await database.seal()).checkpoints).toBe(0);
    expect((await database.seal(() => new Date(Date.now() + 3_600_000))).checkpoints).toBe(1);
    expect((await database.verify()).checkpoints).toBe(2);
  });

  test('is one on its folder, and of one database', async () => {
    await using database = await RecordDatabase.make(server);
    await database.seal();
    await using session = await recordSession(database.admin);
    using _sealer = await Sealer.open({ session, folder: database.seals, keys: database.keys, now: () => new Date() });
    await expect(database.seal()).rejects.toMatchObject({ code: 'RECORDS_SEALER_RUNNING' });
    await using second = await RecordDatabase.make(server);
    const folder = join(database.folder.path, 'copy');
    mkdirSync(folder);
    for (const name of readdirSync(database.seals).filter((file) => /jsonl|leaves/.test(file)))
      writeFileSync(join(folder, name), readFileSync(join(database.seals, name)));
    const elsewhere = await recordSession(second.admin);
    await expect(
      Sealer.open({ session: elsewhere, folder, keys: database.keys, now: () => new Date() }),
    ).rejects.toMatchObject({
      code: 'RECORDS_OTHER_DATABASE',
    });
    await elsewhere.close();
  });

  test('publishes each checkpoint to git and to a folder, where an anchor is found again', async () => {
    await using database = await RecordDatabase.make(server);
    mkdirSync(database.seals);
    const git = (...args: string[]) => promisify(execFile)('git', ['-C', database.seals, ...args]);
    await git('init', '--quiet');
    await git('config', 'user.name', 'sealer');
    await git('config', 'user.email', 'sealer@records.example');
    const place = { seals: database.seals, cwd: database.folder.path, endpoint: undefined };
    const [toGit, toFolder] = [await publisherOf('git', place), await publisherOf('anchors', place)];
    await using session = await recordSession(database.admin);
    {
      const publish = async (...given: Parameters<NonNullable<typeof toGit>>) => {
        await toGit!(...given);
        await toFolder!(...given);
      };
      using sealer = await Sealer.open({
        session,
        folder: database.seals,
        keys: database.keys,
        now: () => new Date(),
        publish,
      });
      await sealer.pass();
    }
    const { head } = await database.verify();
    expect((await git('log', '--format=%s')).stdout).toBe(`Checkpoint 1: 1 records, sha256 ${head!.sha256}\n`);
    const anchor = JSON.parse(readFileSync(join(database.folder.path, 'anchors/checkpoint-0000000001.json'), 'utf8'));
    expect(anchor).toMatchObject({ number: 1, sha256: head!.sha256 });
    expect((await database.verify([anchor])).problems).toEqual([]);
  });
});
