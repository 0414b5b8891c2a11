import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { DrydockError } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import type { Keys } from './keys.ts';

/** A personal part as the inbox has it. Content is the text of the jsonb, which the commitment was made of. */
interface InboxPart {
  readonly record_id: string;
  readonly part: 'origin' | 'values';
  readonly workspace_id: string;
  readonly subject_id: string;
  readonly salt: Buffer;
  readonly content: string;
}

interface SubjectKey {
  readonly id: string;
  readonly key: Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;
const saltBytes = 32;

/**
 * Puts what the inbox holds in clear under its persons' keys, oldest first.
 * @param limit parts in one go
 * @returns how many were taken in
 */
export async function takeInPersonal(session: Session, keys: Keys, limit = 5_000): Promise<number> {
  const { rows } = await session.query<InboxPart>(
    `select record_id, part, workspace_id, subject_id, salt, content::text as content
     from drydock.audit_personal_inbox order by created_at limit $1`,
    [limit],
  );
  if (rows.length === 0) return 0;
  const subjects = await subjectKeys(session, keys, rows);
  const sealed = rows.map(({ record_id, part, workspace_id, subject_id, salt, content }) => {
    const { id, key } = subjects.get(`${workspace_id}/${subject_id}`)!;
    const cipher = encrypt(key, Buffer.concat([salt, Buffer.from(content)]), `${record_id}/${part}`);
    return { record_id, part, key_id: id, cipher: cipher.toString('base64') };
  });
  const { taken } = await session.row<{ taken: number }>('select audit.take_in_personal($1) as taken', [
    JSON.stringify(sealed),
  ]);
  return taken;
}

/** What one record says of a person, read back. */
export interface PersonalPart {
  readonly part: 'origin' | 'values';
  readonly content: Record<string, unknown>;
  /** sha256 of salt and content: the record's commitment, when nothing was changed. */
  readonly commitment: string;
}

/** The encrypted parts of these records whose keys are still there. */
export async function openPersonal(
  session: Session,
  keys: Keys,
  records: readonly string[],
): Promise<Map<string, PersonalPart[]>> {
  const { rows } = await session.query<{
    record_id: string;
    part: 'origin' | 'values';
    cipher: Buffer;
    wrapped: Buffer;
    key_id: string;
    master: string;
  }>(
    `select sealed.record_id, sealed.part, sealed.cipher, key.wrapped, key.id as key_id, key.master
     from audit.audit_personal as sealed join drydock.audit_subject_key as key on key.id = sealed.key_id
     where sealed.record_id = any ($1::uuid[])`,
    [records],
  );
  const opened = rows.map((row) => {
    const key = unwrap(keys, row.wrapped, row.key_id, row.master);
    const plain = decrypt(key, row.cipher, `${row.record_id}/${row.part}`);
    const content = plain.subarray(saltBytes).toString();
    const commitment = hash('sha256', plain, 'hex');
    return {
      record: row.record_id,
      part: { part: row.part, content: JSON.parse(content), commitment } as PersonalPart,
    };
  });
  return new Map(
    [...Map.groupBy(opened, ({ record }) => record)].map(([record, parts]) => [record, parts.map(({ part }) => part)]),
  );
}

/** The keys of the persons, made where there are none. */
async function subjectKeys(session: Session, keys: Keys, rows: readonly InboxPart[]): Promise<Map<string, SubjectKey>> {
  const wanted = new Map(rows.map((row) => [`${row.workspace_id}/${row.subject_id}`, row]));
  const fresh = [...wanted.values()].map(({ workspace_id, subject_id }) => {
    const id = crypto.randomUUID();
    return { id, workspace_id, subject_id, wrapped: encrypt(keys.master, randomBytes(32), id).toString('hex') };
  });
  await session.query(
    `insert into drydock.audit_subject_key (id, workspace_id, subject_id, wrapped, master)
     select id, workspace_id, subject_id, decode(wrapped, 'hex'), $2
     from jsonb_to_recordset($1) as fresh (id uuid, workspace_id uuid, subject_id uuid, wrapped text)
     on conflict (workspace_id, subject_id) do nothing`,
    [JSON.stringify(fresh), keys.masterName],
  );
  const { rows: known } = await session.query<{
    id: string;
    workspace_id: string;
    subject_id: string;
    wrapped: Buffer;
    master: string;
  }>(
    `select id, key.workspace_id, key.subject_id, wrapped, master
     from drydock.audit_subject_key as key
     join jsonb_to_recordset($1) as wanted (workspace_id uuid, subject_id uuid)
         on wanted.workspace_id = key.workspace_id and wanted.subject_id = key.subject_id`,
    [JSON.stringify(fresh)],
  );
  return new Map(
    known.map(({ id, workspace_id, subject_id, wrapped, master }) => [
      `${workspace_id}/${subject_id}`,
      { id, key: unwrap(keys, wrapped, id, master) },
    ]),
  );
}

function unwrap(keys: Keys, wrapped: Buffer, id: string, master: string): Buffer {
  if (master === keys.masterName) return decrypt(keys.master, wrapped, id);
  throw new DrydockError(
    'RECORDS_MASTER_KEY',
    `A person's key is under the master key ${master}, not ${keys.masterName}.`,
    {
      hint: 'Name the folder with that master key with --keys.',
    },
  );
}

/** AES-256-GCM: nonce, ciphertext, tag. `about` binds it to its place. */
function encrypt(key: Buffer, plain: Buffer, about: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, about: string): Buffer {
  const body = sealed.subarray(nonceBytes, sealed.length - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (error) {
    throw new DrydockError('RECORDS_PERSONAL_CHANGED', `The personal data ${about} is not what was encrypted.`, {
      hint: 'Run `drydock records verify`; somebody changed or moved the ciphertext.',
      cause: error,
    });
  }
}
