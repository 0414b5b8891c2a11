import { sha256 } from '../../ops/evidence.ts';
import type { Destination } from './destination.ts';
import { structureJson, structureOf, tablesCsv, type Audit } from './document.ts';

/** Where the files of one audit are. */
export interface Written {
  readonly detailed_json: string;
  readonly tables_csv: string;
  /** Named by its sha256: audits of an unchanged database share one. */
  readonly structure_json: string;
  /** Written last, with the sha256 of each: without it the audit is incomplete. */
  readonly complete: string;
}

/** Writes `database_audits/audit_YYYYMMDD_HHMMSS.json`, its CSV, its structure, and last the marker that all are there. */
export async function writeAudit(audit: Audit, destination: Destination): Promise<Written> {
  const time = audit.audit_timestamp.replace(/\..*$/, '').replace(/[-:]/g, '').replace('T', '_');
  const json = `${JSON.stringify(audit, null, 2)}\n`;
  const csv = tablesCsv(audit.tables);
  const structure = structureJson(structureOf(audit));
  const name = (file: string) => `database_audits/${file}`;
  const structureFile = name(`structures/${audit.structure_sha256}.json`);
  const jsonFile = name(`audit_${time}.json`);
  const csvFile = name(`tables_summary_${time}.csv`);
  const marker = {
    files: [
      { name: structureFile, sha256: sha256(structure) },
      { name: jsonFile, sha256: sha256(json) },
      { name: csvFile, sha256: sha256(csv) },
    ],
  };
  return {
    structure_json: await destination.keep(structureFile, structure, 'application/json'),
    detailed_json: await destination.create(jsonFile, json, 'application/json'),
    tables_csv: await destination.create(csvFile, csv, 'text/csv; charset=utf-8'),
    complete: await destination.create(
      name(`complete_${time}.json`),
      `${JSON.stringify(marker, null, 2)}\n`,
      'application/json',
    ),
  };
}
