import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import {
  diffAudits,
  loadAudit,
  openDestination,
  takeAudit,
  writeAudit,
  type Audit,
} from '../audit-log/inventory/index.ts';
import { inventoryDefaults, loadProject, parseDuration, type InventorySettings } from '../ops/config/index.ts';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { targetOfUrl, type Target } from '../ops/postgres/index.ts';
import type { Redactor } from '../ops/redact.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { projectFileOf } from './project-file.ts';
import { auditText, diffText } from './render/inventory.ts';
import { jsonOf } from './render/json.ts';
import { oneLined } from '../ops/visible.ts';

/** Takes an audit, writes its files where `--out` says, and shows it. */
export async function auditDatabase(io: Io, options: Options): Promise<number> {
  // what is read becomes garbage at once: room for new objects that grows with it takes 35 MB and saves no time
  setFlagsFromString('--semi-space-growth-factor=1');
  const out = text(options, 'out');
  const endpoint = io.env['AWS_ENDPOINT_URL_S3'];
  const destination = out === undefined ? undefined : await openDestination(out, { cwd: io.cwd, endpoint });
  const audit = await takeAudit({
    target: targetOf(io, options),
    ...(await settingsOf(io, options)),
    schemas: requestedSchemas(text(options, 'schemas')),
    budgetMs: parseDuration(text(options, 'budget')!),
    samples: options['samples'] === true,
    now: io.now,
    signal: io.signal,
  });
  const reports = destination && (await writeAudit(audit, destination));
  io.out(options.json ? jsonOf({ reports: reports ?? null, ...audit }) : auditText(audit, reports));
  return exitCodes[auditVerdict(audit)];
}

/** `diff A B`: exit code `go` when nothing differs in structure or rows, `no-go` when something does. */
export async function compareAudits(io: Io, options: Options, words: readonly string[]): Promise<number> {
  const [action, before, after, ...more] = words;
  if (action !== 'diff' || !before || !after || more.length > 0) {
    throw new DrydockError('USAGE_INVENTORY', `"inventory ${words.join(' ')}" is not a command.`, {
      hint: 'Write "drydock inventory" to take an audit, "drydock inventory diff BEFORE.json AFTER.json" to compare two.',
    });
  }
  const [was, is] = await Promise.all([loadAudit(resolve(io.cwd, before)), loadAudit(resolve(io.cwd, after))]);
  const diff = diffAudits(was, is);
  io.out(options.json ? jsonOf(diff) : diffText(oneLined(diff)));
  if (diff.structure.length > 0 || diff.rows.length > 0) return exitCodes['no-go'];
  return diff.not_compared.length > 0 ? exitCodes.unproven : exitCodes.go;
}

/** Names separated by commas; null, which is all but the system's, without any. */
export function requestedSchemas(names: string | undefined): string[] | null {
  return names?.split(',').map((name) => name.trim()) ?? null;
}

/** Seeds decide where there is a manifest; an audit of structure alone has nothing to fail. */
export function auditVerdict({ seed_progress: seeds }: Audit): 'go' | 'no-go' | 'unproven' {
  return seeds?.verdict ?? 'go';
}

function targetOf(io: Io, options: Options) {
  const variable = text(options, 'urlFrom')!;
  return targetOfDatabase(io.env[variable], variable, io.redactor);
}

/** Where a URL leads, with its password kept out of what is printed. @param name where it was found */
export function targetOfDatabase(url: string | undefined, name: string, redactor: Redactor): Target {
  const target = targetOfUrl(url, name);
  redactor.add(target.password);
  return target;
}

/** Whoever audits a database without a project file gets the defaults. */
async function settingsOf(io: Io, { config }: Options): ReturnType<typeof inventorySettings> {
  return inventorySettings(io.cwd, projectFileOf(io.cwd, config));
}

/** What the inventory looks for: as a project file says, or the defaults without one. */
export async function inventorySettings(
  cwd: string,
  config: string | undefined,
): Promise<{ settings: InventorySettings; root: string }> {
  if (!config) return { settings: inventoryDefaults, root: cwd };
  const project = await loadProject(resolve(cwd, config));
  return { settings: project.config.inventory, root: project.root };
}

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
