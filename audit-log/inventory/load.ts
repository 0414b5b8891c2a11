import { readFile } from 'node:fs/promises';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import { structureOf, structureSha256, type Audit } from './document.ts';

/**
 * Reads an audit that `writeAudit` wrote.
 * @throws INVENTORY_FILE when it is none, or when its structure is not the one that its sha256 names
 */
export async function loadAudit(path: string): Promise<Audit> {
  const complain = (what: string, cause?: unknown) =>
    new DrydockError('INVENTORY_FILE', `${path} ${what}.`, {
      hint: 'Name an audit_YYYYMMDD_HHMMSS.json that "drydock inventory" wrote.',
      cause,
    });
  const text = await readFile(path, 'utf8').catch((error) => {
    throw complain(`cannot be read: ${messageOf(error)}`, error);
  });
  const audit = parse(text) as Audit | undefined;
  if (audit?.format !== 'drydock inventory 1') throw complain('is not an audit');
  if (structureSha256(structureOf(audit)) !== audit.structure_sha256) {
    throw complain('was changed: its structure is not the one that its sha256 names');
  }
  return audit;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // said by the caller: it is not an audit
  }
}
