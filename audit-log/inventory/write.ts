import { createHash, type Hash } from 'node:crypto';
import type { Destination } from './destination.ts';
import { structureOf, structurePieces, tablesCsv, type Audit } from './document.ts';

/** Where the files of one audit are. */
export interface Written {
  readonly detailed_json: string;
  readonly tables_csv: string;
  /** One page for people, which needs no network. */
  readonly report_html: string;
  /** Named by its sha256: audits of an unchanged database share one. */
  readonly structure_json: string;
  /** Written last, with the sha256 of each: without it the audit is incomplete. */
  readonly complete: string;
}

/** Writes `database_audits/audit_YYYYMMDD_HHMMSS.json`, its CSV, page and structure, and last the marker that all are there. */
export async function writeAudit(audit: Audit, destination: Destination): Promise<Written> {
  const time = audit.audit_timestamp.replace(/\..*$/, '').replace(/[-:]/g, '').replace('T', '_');
  const files: { readonly name: string; readonly sha256: string }[] = [];
  // in pieces, one file after the other: of a large database not even one stands in memory whole
  const put = async (how: 'create' | 'keep', file: string, pieces: Iterable<string>, type: string) => {
    const [name, hash] = [`database_audits/${file}`, createHash('sha256')];
    const content = chunksOf(pieces, hash);
    const place = await destination[how](name, content, type);
    for (const _unread of content); // one that was there already is hashed all the same
    files.push({ name, sha256: hash.digest('hex') });
    return place;
  };
  const { auditPage } = await import('./page/index.ts'); // draws diagrams, and most of it is for this alone
  const structure = `structures/${audit.structure_sha256}.json`;
  return {
    structure_json: await put('keep', structure, structurePieces(structureOf(audit)), 'application/json'),
    detailed_json: await put('create', `audit_${time}.json`, inLines(audit), 'application/json'),
    tables_csv: await put('create', `tables_summary_${time}.csv`, [tablesCsv(audit.tables)], 'text/csv; charset=utf-8'),
    report_html: await put('create', `report_${time}.html`, [auditPage(audit)], 'text/html; charset=utf-8'),
    complete: await put('create', `complete_${time}.json`, inLines({ files }), 'application/json'),
  };
}

/** A value as JSON in lines, a member of its lists at a time. */
function* inLines(value: object): Generator<string> {
  let before = '{';
  for (const [key, inner] of Object.entries(value)) {
    yield `${before}\n  ${JSON.stringify(key)}: `;
    if (Array.isArray(inner) && inner.length > 0) yield* itemsInLines(inner);
    else yield indented(inner, '  ');
    before = ',';
  }
  yield '\n}\n';
}

function* itemsInLines(items: readonly unknown[]): Generator<string> {
  let before = '[';
  for (const item of items) {
    yield `${before}\n    ${indented(item, '    ')}`;
    before = ',';
  }
  yield '\n  ]';
}

/** In JSON a line break stands between values only, never inside a text. */
function indented(value: unknown, by: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${by}`);
}

const chunkLength = 65_536;

/** Pieces as bytes, in chunks that are worth a write. @param hash is given all of them */
function* chunksOf(pieces: Iterable<string>, hash: Hash): Generator<Buffer> {
  let waiting = '';
  const chunk = () => {
    const bytes = Buffer.from(waiting);
    waiting = '';
    hash.update(bytes);
    return bytes;
  };
  for (const piece of pieces) {
    waiting += piece;
    if (waiting.length >= chunkLength) yield chunk();
  }
  yield chunk();
}
