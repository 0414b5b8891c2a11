import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadProject, type Config } from '../../ops/config/index.ts';
import { connectRole, declaredRights, rolesOf, type DeclaredRight } from '../../ops/contract/index.ts';
import { exampleFile, tinyFile } from '../support/staging.ts';

const tiny = (await loadProject(tinyFile)).config;
const example = (await loadProject(exampleFile)).config;

type Roles = Config['contract']['roles'];

function withContract(contract: Partial<Config['contract']>): Config {
  return { ...tiny, contract: { roles: {}, views: {}, linkers: {}, ...contract } };
}

/** A role's rights as lines, without the extensions schema that everybody may look into. */
function rightsOf(config: Config, role: string): string[] {
  return declaredRights(config)
    .filter((right) => right.role === role && right.schema !== 'extensions')
    .map(inWords)
    .sort();
}

function inWords({ kind, schema, object, column, privilege }: DeclaredRight): string {
  return `${privilege} ${kind} ${kind === 'schema' ? object : [schema, object, column].filter(Boolean).join('.')}`;
}

describe('the rights of a role', () => {
  test.each(['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'] as const)(
    '%s on a schema is that verb on all of its tables, and the way in',
    (verb) => {
      expect(rightsOf(withContract({ roles: { r: { shop: [verb] } } }), 'r')).toEqual(
        [`${verb.toUpperCase()} relation shop.*`, 'USAGE schema shop'].sort(),
      );
    },
  );

  test('narrowed to tables and to columns are on these and on no others', () => {
    const roles: Roles = { r: { shop: { select: ['orders', 'Odd "Table"'], update: { orders: ['note', 'state'] } } } };
    expect(rightsOf(withContract({ roles }), 'r')).toEqual([
      'SELECT relation shop.Odd "Table"',
      'SELECT relation shop.orders',
      'UPDATE column shop.orders.note',
      'UPDATE column shop.orders.state',
      'USAGE schema shop',
    ]);
  });

  test('of one that is stated with nothing are none', () => {
    expect(rightsOf(withContract({ roles: { r: {} } }), 'r')).toEqual([]);
  });

  test('to call a function bring the way into its schema, and nothing in it', () => {
    expect(rightsOf(withContract({ roles: { r: { calls: ['desk.link_desk'] } } as unknown as Roles }), 'r')).toEqual([
      'EXECUTE function desk.link_desk',
      'USAGE schema desk',
    ]);
  });

  test('on views are SELECT on the views that are for everybody, or for it by name', () => {
    const config = withContract({
      roles: { all: { views: ['select'] }, some: {}, other: { views: ['select'] } },
      views: { open: { reads: ['shop.orders'] }, narrow: { reads: ['shop.orders'], for: ['some', 'other'] } },
    });
    expect(rightsOf(config, 'all')).toEqual(['SELECT relation views.open', 'USAGE schema views']);
    expect(rightsOf(config, 'some')).toEqual(['SELECT relation views.narrow', 'USAGE schema views']);
    expect(rightsOf(config, 'other')).toEqual([
      'SELECT relation views.narrow',
      'SELECT relation views.open',
      'USAGE schema views',
    ]);
  });
});

describe('the rights of roles that Drydock brings', () => {
  test('views_owner reads what the views read, by table or by column', () => {
    const config = withContract({
      views: { a: { reads: ['shop.orders'] }, b: { reads: { 'desk.tickets': ['id', 'subject'] }, for: [] } },
    });
    expect(rightsOf(config, 'views_owner')).toEqual([
      'SELECT column desk.tickets.id',
      'SELECT column desk.tickets.subject',
      'SELECT relation shop.orders',
      'USAGE schema desk',
      'USAGE schema shop',
    ]);
  });

  test('a linker reads what it is told to and the tables it fills, and updates the declared columns only', () => {
    const linkers = { l: { call: 'desk.link', updates: ['desk.tickets.order_id'], reads: ['views.orders_open'] } };
    const rights = rightsOf(withContract({ linkers }), 'l');
    expect(rights.filter((right) => !right.includes('drydock'))).toEqual([
      'SELECT relation desk.tickets',
      'SELECT relation views.orders_open',
      'UPDATE column desk.tickets.order_id',
      'USAGE schema desk',
      'USAGE schema views',
    ]);
    expect(rights.filter((right) => right.includes('drydock'))).toEqual([
      'EXECUTE function drydock.key_columns',
      'SELECT relation drydock.link_rule',
      'SELECT relation drydock.link_share',
      'USAGE schema drydock',
    ]);
  });

  test('CONNECT is held by one role, and it holds nothing else', () => {
    const connects = declaredRights(example).filter(({ privilege }) => privilege === 'CONNECT');
    expect(connects.map(({ role, object }) => [role, object])).toEqual([[connectRole('ehg_stage'), 'ehg_stage']]);
    expect(rightsOf(example, connectRole('ehg_stage'))).toHaveLength(1);
  });

  test('nobody but the auditor reads audit, other than what the contract says of a view', () => {
    const readers = declaredRights(example).filter(({ schema, kind }) => schema === 'audit' && kind !== 'schema');
    expect([...new Set(readers.map(({ role }) => role))].sort()).toEqual(['auditor', 'views_owner']);
    expect(readers.every(({ privilege }) => privilege === 'SELECT')).toBe(true);
  });
});

describe('whatever the contract says', () => {
  const verbs = fc.subarray(['select', 'insert', 'update', 'delete'] as const);
  const names = fc.subarray(['orders', 'notes', 'Odd Name']);
  const schemaRights = fc.oneof(
    verbs,
    fc.dictionary(
      fc.constantFrom('select', 'update'),
      fc.oneof(names, fc.dictionary(fc.constantFrom('orders'), names)),
    ),
  );
  const role = fc.record(
    { shop: schemaRights, desk: schemaRights, calls: fc.subarray(['shop.f', 'desk.g']) },
    { requiredKeys: [] },
  );
  const roles = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), role) as fc.Arbitrary<Roles>;

  test("a role's rights come from its own entry: another role's changes none of them", () => {
    fc.assert(
      fc.property(roles, roles, (some, others) => {
        const together = withContract({ roles: { ...others, ...some } });
        for (const [name, entry] of Object.entries(some)) {
          expect(rightsOf(together, name)).toEqual(rightsOf(withContract({ roles: { [name]: entry } }), name));
        }
      }),
    );
  });

  test('nothing is stated twice, and every right is that of a role that exists', () => {
    fc.assert(
      fc.property(roles, (some) => {
        const config = withContract({ ...tiny.contract, roles: { ...tiny.contract.roles, ...some } });
        const rights = declaredRights(config);
        expect(new Set(rights.map((right) => JSON.stringify(right))).size).toBe(rights.length);
        expect(rights.filter((right) => !rolesOf(config).includes(right.role))).toEqual([]);
      }),
    );
  });

  test('a right inside a schema never comes without the way into it', () => {
    fc.assert(
      fc.property(roles, (some) => {
        const rights = declaredRights(withContract({ roles: some }));
        const entered = new Set(
          rights.filter(({ kind }) => kind === 'schema').map(({ role, object }) => `${role} ${object}`),
        );
        const shut = rights.filter(({ role, schema }) => schema !== null && !entered.has(`${role} ${schema}`));
        expect(shut).toEqual([]);
      }),
    );
  });
});

test('roles are made once each, whoever needs them twice', () => {
  const config = { ...tiny, domains: { a: { ...tiny.domains['shop']! }, b: { ...tiny.domains['shop']! } } };
  const roles = rolesOf(config);
  expect(roles).toEqual([...new Set(roles)]);
  expect(roles).toContain('shop_owner');
});
