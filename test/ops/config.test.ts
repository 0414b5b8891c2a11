import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  loadProject,
  loadSignals,
  loadSnapshotPlan,
  nearest,
  parseDuration,
  requireFiles,
} from '../../ops/config/index.ts';
import { sha256 } from '../../ops/evidence.ts';
import { exampleFile, tinyFile } from '../support/staging.ts';

const folder = await mkdtemp(join(tmpdir(), 'drydock-config-'));
afterAll(() => rm(folder, { recursive: true }));
const tiny = await readFile(tinyFile, 'utf8');

async function load(text: string) {
  await writeFile(join(folder, 'drydock.yaml'), text);
  return loadProject(join(folder, 'drydock.yaml'));
}

/** Nine lists of nine of the list before: 387 million texts. */
const bomb = [...'abcdefgh'].reduce(
  (text, name, at, names) =>
    `${text}${name}: &${name} [${Array(9)
      .fill(at > 0 ? `*${names[at - 1]}` : 'x')
      .join(', ')}]\n`,
  '',
);

/** The tiny project with values set at dotted paths; undefined takes one away. */
function changed(changes: Record<string, unknown>): string {
  const config = parse(tiny);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop()!;
    const parent = keys.reduce((at, key) => (at[key] ??= {}), config);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return stringify(config);
}

/** The lines that list what is wrong. */
async function problemsOf(text: string): Promise<string[]> {
  const error: unknown = await load(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
  const [heading, ...lines] = (error as Error).message.split('\n');
  expect(heading).toMatch(lines.length === 1 ? /has one problem:$/ : new RegExp(`has ${lines.length} problems:$`));
  return lines.map((line) => line.trim());
}

describe('a project file', () => {
  test('the worked example and the tiny project are right', async () => {
    const example = await loadProject(exampleFile);
    expect(Object.keys(example.config.domains)).toEqual(['eng', 'vh']);
    expect(example.sha256).toBe(sha256(await readFile(exampleFile)));
    expect((await loadProject(tinyFile)).root).toBe(join(tinyFile, '..'));
  });

  test('what it leaves out has a default', async () => {
    const { config } = await load(
      changed({ checks: undefined, backfills: undefined, hydrate: undefined, ingest: undefined }),
    );
    expect(config).toMatchObject({
      extensions: [],
      checks: { folders: [], thresholds: {}, thresholdsFrom: {} },
      backfills: { batch: 5000, lockTimeout: '500ms' },
      lease: { ttl: '10m', maximum: '24h' },
      trail: { directory: 'audit-log/trail', state: '.drydock' },
      domains: { shop: { private: [] } },
    });
  });

  test('one that is not there is named, with what to do', async () => {
    await expect(loadProject(join(folder, 'gone.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
      message: expect.stringMatching(/gone\.yaml: ENOENT\.$/),
      hint: 'Correct --config, or begin a project with "drydock init FOLDER".',
    });
  });

  test.each([
    ['an unclosed bracket', `${tiny}\nextra: [`, /^line \d+: /],
    ['a key given twice', `${tiny}\nproject: again\n`, /^line \d+: Map keys must be unique/],
    ['a tab for indentation', 'project: x\nlease:\n\tprofile: y\n', /^line 3: /],
    ['an alias of nothing', `${tiny}\nextra: *nothing\n`, /^line \d+: \*nothing stands for nothing/],
    ['what no parser can walk', `a: ${'['.repeat(20_000)}`, /^line 1: nested too deep to be read\.$/],
    ['aliases that would fill the memory', bomb, /^line 1: Excessive alias count/],
    [
      'a name that would be dropped without a word',
      tiny.replace('shop_service: { shop: [', 'shop_service: { __proto__: [select], shop: ['),
      /^line \d+: __proto__ cannot be a key here: rename what it names\.$/,
    ],
  ])('%s is an error with its line', async (_what, text, problem) => {
    expect((await problemsOf(text)).join('\n')).toMatch(problem);
  });

  test.each([
    ['', 'an empty file'],
    ['- a\n- b\n', 'a list'],
    ['just words', 'a text'],
  ])('%j is no project', async (text) => {
    expect((await problemsOf(text)).length).toBeGreaterThan(0);
  });
});

describe('what is wrong in it', () => {
  test('is reported all at once, each with its path and, where there is one, the nearest name', async () => {
    const text = changed({
      databse: 'x',
      'domains.shop.owner_role': 'x',
      'contract.roles.agent.shop': ['selct', 'insrt', 'update'],
      'lease.ttl': '8 hours',
      'gates.staging': ['rls_actve'],
      'backfills.batch': 0,
      'contract.roles.desk_service.desks': ['select'],
      'hydrate.linker': 'desk_linkr',
    });
    const problems = await problemsOf(text);
    expect(problems.sort()).toEqual([
      'backfills.batch: Too small: expected number to be >=1',
      expect.stringMatching(/^contract\.roles\.agent\.shop\.0: is not one of select, .* Did you mean select\?$/),
      expect.stringMatching(/^contract\.roles\.agent\.shop\.1: is not one of select, .* Did you mean insert\?$/),
      'contract.roles.desk_service.desks: there is no domain "desks". Did you mean desk?',
      'databse: unknown key. Did you mean database?',
      'domains.shop.owner_role: unknown key.',
      expect.stringMatching(/^gates\.staging\.0: .* Did you mean rls_active\?$/),
      'hydrate.linker: there is no linker "desk_linkr". Did you mean desk_linker?',
      'lease.ttl: a duration is a number and a unit: 500ms, 30s, 10m, 8h, 7d',
    ]);
  });

  test.each([
    [
      'domains.shop.service',
      'shop_servce',
      'there is no role in the contract "shop_servce". Did you mean shop_service?',
    ],
    ['contract.roles.agent.shoop', ['select'], 'there is no domain "shoop". Did you mean shop?'],
    ['contract.views.orders_open.for', ['agnt'], 'there is no role in the contract "agnt". Did you mean agent?'],
    ['hydrate.linker', 'linker', 'there is no linker "linker".'],
    ['ingest.linker', 'desk_linke', 'there is no linker "desk_linke". Did you mean desk_linker?'],
    ['ingest.as', 'desk_owner', 'there is no role in the contract "desk_owner".'],
    ['lease.profile', 'agents', 'there is no role in the contract "agents". Did you mean agent?'],
    ['migrations', [{ folder: 'sql', as: 'shop_owners' }], 'there is no owner "shop_owners". Did you mean shop_owner?'],
  ])('%s: %j points at nothing', async (path, value, message) => {
    const [problem, ...others] = await problemsOf(changed({ [path]: value }));
    expect(problem).toBe(`${path === 'migrations' ? 'migrations.0.as' : path}: ${message}`);
    expect(others).toEqual([]);
  });

  test.each([
    [{ 'contract.roles.shop_owner': {} }, 'contract.roles.shop_owner: shop_owner is an owner already'],
    [{ 'contract.roles.desk_linker': {} }, 'contract.roles.desk_linker: desk_linker is a linker already'],
    [{ 'contract.roles.auditor': {} }, "contract.roles.auditor: auditor is Drydock's own already"],
    [{ 'contract.roles.tiny_admin': {} }, 'contract.roles.tiny_admin: tiny_admin is the administrator already'],
    [{ admin: 'shop_owner' }, 'domains.shop.owner: shop_owner is the administrator already'],
  ])('%j would join two sets of rights', async (changes, problem) => {
    expect(await problemsOf(changed(changes))).toEqual([
      expect.stringMatching(new RegExp(`^${problem} and cannot be `)),
    ]);
  });

  test('two domains of one owner have no boundary', async () => {
    const problems = await problemsOf(changed({ 'domains.desk.owner': 'shop_owner', 'migrations.1.as': 'shop_owner' }));
    expect(problems).toEqual([
      'domains.desk.owner: shop_owner owns shop already, and no boundary holds between two domains of one owner: name another role',
    ]);
  });

  test.each(['audit', 'drydock', 'views', 'extensions', 'pg_shop', 'information_schema'])(
    'a domain named %s would be another schema',
    async (name) => {
      const domain = { owner: 'another_owner', service: 'shop_service' };
      expect(await problemsOf(changed({ [`domains.${name}`]: domain }))).toEqual([
        `domains.${name}: a schema of that name is there already, and is not a domain's`,
      ]);
    },
  );

  test.each(['public', 'none', 'pg_read_all_data'])('a role named %s is the server’s', async (name) => {
    expect(await problemsOf(changed({ [`contract.roles.${name}`]: { shop: ['select'] } }))).toEqual([
      `contract.roles.${name}: the server keeps the name ${name} for itself: no role of yours can have it`,
    ]);
  });

  test('of several ways to write something, the one that was meant is held against it', async () => {
    const [problem, ...others] = await problemsOf(
      changed({ 'promotion.backup': { external: 'others.dump', sha256: 'ABC' } }),
    );
    expect(problem).toMatch(/^promotion\.backup\.sha256: /);
    expect(others).toEqual([]);
    const plan = join(folder, 'plan.yaml');
    await writeFile(plan, stringify({ seeds: [{ table: 'orders', columns: ['id', 5] }] }));
    await expect(loadSnapshotPlan(plan)).rejects.toThrow(/one problem:\n  seeds\.0\.columns\.1: /);
  });

  test('a name that Postgres would cut off is refused, counted in bytes', async () => {
    const name = 'ü'.repeat(32);
    const role = { [`contract.roles.${name}`]: { shop: ['select'] } };
    expect(await problemsOf(changed(role))).toEqual([`contract.roles.${name}: a Postgres name has 1 to 63 bytes`]);
    await load(changed({ [`contract.roles.${'ü'.repeat(31)}`]: { shop: ['select'] } }));
  });

  test('the staging cannot have the name of a database that every server has', async () => {
    expect(await problemsOf(changed({ database: 'postgres' }))).toEqual([
      'database: every server has a database of this name: give the staging one of its own',
    ]);
  });
});

describe('what a project file says of the files beside it', () => {
  test('is right for the example and the tiny project', async () => {
    for (const file of [exampleFile, tinyFile]) await requireFiles(await loadProject(file));
  });

  test('a folder that is there and cannot be read is not said to be missing', async () => {
    const { config, ...place } = await loadProject(tinyFile);
    const root = await mkdtemp(join(tmpdir(), 'drydock-config-'));
    await symlink('round', join(root, 'round')); // what also the superuser cannot read
    const project = { ...place, root, config: { ...config, backfills: { ...config.backfills, folder: 'round' } } };
    await expect(requireFiles(project)).rejects.toMatchObject({
      message: expect.stringContaining('backfills.folder: the folder round cannot be read: ELOOP.'),
    });
    await rm(root, { recursive: true });
  });

  test('every folder that is not there and every threshold of no check are named at once, with what was meant', async () => {
    const { config, ...place } = await loadProject(tinyFile);
    const wrong = {
      ...config,
      migrations: [{ folder: 'sql/shoop', as: 'shop_owner' }],
      backfills: { ...config.backfills, folder: 'sql/backfils' },
      hydrate: { ...config.hydrate!, folder: 'sql/hydrat' },
      ingest: { ...config.ingest!, folder: 'sql/ingst' },
      checks: {
        folders: ['sql/checks', 'elsewhere'],
        gaps: 'sql/gaps',
        fixes: 'fixes',
        thresholds: { orders_ther: 1, rls: 1, zzzzzzzzzzzz: 2 },
        thresholdsFrom: { orders_there: 'SOME_MAX', rlss: 'RLS_MAX' },
      },
    };
    const file = place.file;
    await expect(requireFiles({ ...place, config: wrong })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: [
        `${file} has 10 problems:`,
        '  migrations.0.folder: there is no folder sql/shoop. Did you mean sql/shop?',
        '  checks.folders.1: there is no folder elsewhere.',
        '  checks.gaps: there is no folder sql/gaps.',
        '  checks.fixes: there is no folder fixes.',
        '  backfills.folder: there is no folder sql/backfils. Did you mean sql/backfills?',
        '  hydrate.folder: there is no folder sql/hydrat. Did you mean sql/hydrate?',
        '  ingest.folder: there is no folder sql/ingst. Did you mean sql/ingest?',
        '  checks.thresholds.orders_ther: there is no check "orders_ther". Did you mean orders_there?',
        '  checks.thresholds.zzzzzzzzzzzz: there is no check "zzzzzzzzzzzz".',
        '  checks.thresholdsFrom.rlss: there is no check "rlss". Did you mean rls?',
      ].join('\n'),
    });
  });
});

test('a definition of signals names each once', async () => {
  const signal = { id: 'late', table: 'orders', where: 'true', type: 'negative' };
  const file = join(folder, 'signals.yaml');
  await writeFile(file, stringify({ signals: [signal, { ...signal, id: 'early' }] }));
  expect((await loadSignals(file)).value.signals).toHaveLength(2);
  await writeFile(file, stringify({ signals: [signal, { ...signal, where: 'false' }] }));
  await expect(loadSignals(file)).rejects.toThrow('signals: an id stands for one signal');
});

test('a duration is a number and a unit', () => {
  expect(['500ms', '30s', '10m', '8h', '7d', '0s'].map(parseDuration)).toEqual([
    500, 30_000, 600_000, 28_800_000, 604_800_000, 0,
  ]);
  for (const wrong of ['', '8', 'h', '8 h', '-1s', '1.5h', '8H', '1h30m']) {
    expect(() => parseDuration(wrong)).toThrow(`"${wrong}" is not a duration.`);
  }
});

test('the nearest name is one that could have been meant, or none', () => {
  expect(nearest('slect', ['select', 'insert'])).toBe('select');
  expect(nearest('SELECT', ['select'])).toBe('select');
  expect(nearest('elephant', ['select', 'insert'])).toBeUndefined();
  expect(nearest('x', [])).toBeUndefined();
});
