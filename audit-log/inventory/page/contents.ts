import { markup, type Markup } from '../../../ops/page/index.ts';
import type { Audit } from '../document.ts';
import type { SeedTable } from '../seeds.ts';
import { meter, number } from './values.ts';

/** How far the seeds are loaded; null without a manifest. */
export function seeds({ seed_progress: progress }: Audit): Markup | null {
  if (!progress) return null;
  const rows = progress.tables.map(
    (
      seed,
    ) => markup`<tr><td><span class="chip ${toneOf(seed)}">${seed.status}</span></td><td>${seed.table}</td><td>${seed.expected}</td>
<td class="number">${seed.rows === null ? '' : number(seed.rows)}</td><td>${seed.detail}${keys('missing', seed.missing_keys)}${keys('not expected', seed.unexpected_keys)}</td></tr>\n`,
  );
  return markup`<p><span class="chip ${progress.verdict}">${progress.verdict}</span> ${progress.examined - progress.violations} of ${progress.examined} tables without a violation</p>
<table class="dense"><thead><tr><th></th><th>table</th><th>expected</th><th class="number">rows</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
}

function toneOf({ status }: SeedTable): string {
  return status === 'loaded' ? 'go' : status === 'unknown' ? 'unproven' : 'no-go';
}

function keys(what: string, list: readonly string[]): Markup | null {
  return list.length > 0 ? markup`<div class="small soft">${what}: <code>${list.join(', ')}</code></div>` : null;
}

/** The versioning system and what does not fit in it; null where no table of it is there. */
export function versioning({ versioning_system: system }: Audit): Markup | null {
  const there = Object.entries(system.versioning_tables_exist);
  if (!there.some(([, { exists }]) => exists)) return null;
  const tables = there.map(
    ([name, { exists, count }]) =>
      markup`<tr><td>${name}</td><td class="number">${count === null ? null : number(count)}</td><td>${exists ? null : markup`<span class="chip unproven">not there</span>`}</td></tr>\n`,
  );
  const problems = Object.entries(system.validation).map(([what, names]) => problem(what.replaceAll('_', ' '), names));
  return markup`<table class="dense"><thead><tr><th>table</th><th class="number">rows</th><th></th></tr></thead><tbody>${tables}</tbody></table>
<table class="dense"><tbody>${problems}</tbody></table>`;
}

function problem(what: string, names: readonly string[] | null): Markup {
  const [tone, found] = !names
    ? ['unproven', 'unknown']
    : names.length > 0
      ? ['no-go', String(names.length)]
      : ['go', 'none'];
  return markup`<tr><td>${what}</td><td><span class="chip ${tone}">${found}</span></td><td>${names?.join(', ') ?? ''}</td></tr>\n`;
}

/** How many tables have which audit field, and which have all four and nothing that fills them. */
export function coverage({ audit_coverage: all }: Audit): Markup {
  const rows = (
    [
      ['created_by', all.with_created_by],
      ['created_at', all.with_created_at],
      ['updated_by', all.with_updated_by],
      ['updated_at', all.with_updated_at],
      ['all four', all.with_all_four],
      ['filled by a trigger', all.with_audit_trigger],
    ] as const
  ).map(
    ([name, count]) =>
      markup`<tr><td>${name}</td><td class="number">${number(count)} of ${number(all.tables)}</td><td>${meter(count, all.tables)}</td></tr>\n`,
  );
  const lists = [
    sentence('All four columns and no trigger that fills them', all.missing_audit_trigger),
    sentence('Made by the system alone', all.attributed_to_system_only),
  ];
  return markup`<table class="dense"><tbody>${rows}</tbody></table>${lists.filter((one) => one !== null)}`;
}

function sentence(what: string, tables: readonly string[]): Markup | null {
  return tables.length > 0 ? markup`<p>${what}: ${tables.join(', ')}.</p>` : null;
}

/** What the role could not look at, and why; null when that is nothing. */
export function unseen({ unseen: list }: Audit): Markup | null {
  if (list.length === 0) return null;
  const rows = list.map(
    ({ object, what, reason }) => markup`<tr><td>${object}</td><td>${what}</td><td>${reason}</td></tr>\n`,
  );
  return markup`<table class="dense"><thead><tr><th>object</th><th>what</th><th>why</th></tr></thead><tbody>${rows}</tbody></table>`;
}
