import { factList, markup, page, section, type Markup } from '../../../ops/page/index.ts';
import type { Audit } from '../document.ts';
import { nameOf } from '../relations.ts';
import { coverage, seeds, unseen, versioning } from './contents.ts';
import { diagramOf } from './diagram.ts';
import { script, style } from './style.ts';
import { tableList } from './tables.ts';
import { bytes, number } from './values.ts';

/** The audit as one page that needs no network: what there is, what is missing, how it hangs together, and every table. */
export function auditPage(audit: Audit): string {
  const anchors = new Map(audit.tables.map((table, index) => [nameOf(table), `table-${index + 1}`]));
  return page({
    title: `Inventory of ${audit.database_info.database_name}, ${audit.audit_timestamp}`,
    header: header(audit),
    sections: [
      tiles(audit),
      section('Seed progress', seeds(audit)),
      section('Versioning', versioning(audit)),
      section('Who made the rows', coverage(audit)),
      section('Not seen', unseen(audit)),
      section('How the tables hang together', diagrams(audit, anchors)),
      section('Tables', tableList(audit, anchors)),
    ],
    style,
    script,
  });
}

function header(audit: Audit): Markup {
  const { database_info: database, seed_progress: progress, read_only: receipt } = audit;
  return markup`<header class="${progress?.verdict ?? 'neutral'}"><p class="project">Inventory</p><h1>${database.database_name}</h1>
${factList([
  ['taken', audit.audit_timestamp],
  ['server', `Postgres ${database.server_version}${receipt.onReplica ? ', a replica' : ''}`],
  ['looked at as', database.current_user],
  ['schemas', audit.schemas?.join(', ') ?? 'all but the system’s'],
  ['read only', `snapshot ${receipt.snapshot}, no transaction id assigned`],
  ['took', `${number(audit.duration_ms)} ms`],
  ['structure', `sha256 ${audit.structure_sha256}`],
])}</header>`;
}

function tiles({ summary, tables }: Audit): Markup {
  const size = tables.reduce((sum, { total_bytes: own }) => sum + (own ?? 0), 0);
  const { exact } = summary.tables_counted;
  const all: [string, string][] = [
    [number(summary.total_tables), 'tables'],
    [number(summary.total_records), exact === summary.total_tables ? 'rows' : `rows; ${exact} tables counted exactly`],
    [bytes(size), 'with indexes'],
    [number(summary.columns), 'columns'],
    [number(summary.foreign_keys), 'foreign keys'],
    [number(summary.indexes), 'indexes'],
    [number(summary.views), 'views'],
    [number(summary.functions), 'functions'],
    [number(summary.triggers), 'triggers'],
    [number(summary.policies), 'policies'],
  ];
  return markup`<div class="tiles">${all.map(([value, name]) => markup`<div><b>${value}</b><span class="soft small">${name}</span></div>`)}</div>`;
}

/** A picture per schema that has foreign keys inside it. */
function diagrams(audit: Audit, anchors: ReadonlyMap<string, string>): Markup | null {
  const schemas = [...new Set(audit.tables.map(({ schema }) => schema))];
  const drawn = schemas.flatMap((schema) => {
    const diagram = diagramOf(schema, audit, anchors);
    return diagram ? [markup`<h3>${schema}</h3>${diagram}`] : [];
  });
  return drawn.length > 0 ? markup`${drawn}` : null;
}
