import { sha256 } from '../../ops/evidence.ts';
import type { Destination } from './destination.ts';
import { structureJson, structureOf, tablesCsv, type Audit } from './document.ts';
import { auditPage } from './page/index.ts';

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
  // as bytes, one file after the other: of a large database only one is in memory at a time
  const put = (how: 'create' | 'keep', file: string, text: string, type: string) => {
    const [name, content] = [`database_audits/${file}`, Buffer.from(text)];
    files.push({ name, sha256: sha256(content) });
    return destination[how](name, content, type);
  };
  const structure = `structures/${audit.structure_sha256}.json`;
  return {
    structure_json: await put('keep', structure, structureJson(structureOf(audit)), 'application/json'),
    detailed_json: await put('create', `audit_${time}.json`, inLines(audit), 'application/json'),
    tables_csv: await put('create', `tables_summary_${time}.csv`, tablesCsv(audit.tables), 'text/csv; charset=utf-8'),
    report_html: await put('create', `report_${time}.html`, auditPage(audit), 'text/html; charset=utf-8'),
    complete: await put('create', `complete_${time}.json`, inLines({ files: [...files] }), 'application/json'),
  };
}

function inLines(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
