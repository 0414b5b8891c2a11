import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import {
  approveErasure,
  archiveRecords,
  certifyErasure,
  executeErasure,
  getAuditTrail,
  listErasures,
  logAuditEvent,
  requestErasure,
} from '../../../audit-log/records/index.ts';
import { canonicalJson } from '../../../ops/evidence.ts';
import { test } from '../../support/record-test.ts';
import {
  anEvent,
  monthsAgo,
  otherWorkspace,
  pastRecords,
  type RecordDatabase,
  tamper,
  workspace,
} from '../../support/records.ts';
import type { Staging } from '../../support/staging.ts';

describe('erasing a person', () => {
  const person = randomUUID();
  const secrets = ['marta.planted@person.example', '203.0.113.77', 'PlantedAgent/9'];

  async function withPerson(database: RecordDatabase) {
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
    return { session, ids };
  }

  const order = { workspaceId: workspace, userId: person, authority: 'GDPR', ticket: 'GDPR-2026-001' } as const;

  test('needs two others than who asked, each in their own name', async ({ database }) => {
    await withPerson(database);
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

  test('leaves the records and their proofs, and of the person nothing in any file of the database', async ({
    database,
    server,
  }) => {
    const { session, ids } = await withPerson(database);
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

  test('reaches hot, warm and cold alike: no tier holds a word of the person, nor what would open their ciphers', async ({
    database,
  }) => {
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

  test('waits for nobody longer than it makes others wait', async ({ database }) => {
    const { session } = await withPerson(database);
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

  test('is refused while its workspace is held, and after the request expired', async ({ database }) => {
    const { session } = await withPerson(database);
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

  test('who comes back after an erasure has a key of their own again', async ({ database }) => {
    const { session } = await withPerson(database);
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
