import { z } from 'zod';

const longestName = 63;
const name = z
  .string()
  .refine(
    (text) => isBetween(1, Buffer.byteLength(text), longestName) && !text.includes('\0'),
    'a Postgres name has 1 to 63 bytes',
  );
const relation = z.string().regex(/^[^.]+\.[^.]+$/, 'write it as schema.table');
const column = z.string().regex(/^[^.]+\.[^.]+\.[^.]+$/, 'write it as schema.table.column');
const serversOwn = new Set(['postgres', 'template0', 'template1']);
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration is a number and a unit: 500ms, 30s, 10m, 8h, 7d');

const variable = z.string().regex(/^[A-Za-z_]\w*$/, 'name an environment variable; a secret is never written here');
const image = z
  .string()
  .regex(
    /^[^\s@]+(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/,
    'an image has a version or a sha256, and is never latest',
  );
const containerName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'a container name has letters, digits, _ . and -');

/** Where a project keeps what is Drydock's own, unless it says otherwise. */
export const stateFolder = '.drydock';

export const verbs = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'] as const;
const verb = z.enum(verbs);

/** A role's rights in one schema: on everything; or per verb on these tables; or per verb on these columns of a table. */
const tablesOrColumns = z.union([z.array(name), z.record(name, z.array(name))]);
const schemaRights = z.union([z.array(verb), z.partialRecord(verb, tablesOrColumns)]);

/** `calls` names functions; every other key is a schema. */
const role = z.object({ calls: z.array(relation).optional() }).catchall(schemaRights);

const view = z.strictObject({
  reads: z.union([z.array(relation), z.record(relation, z.array(name))]),
  for: z.array(name).optional(),
});

const linker = z.strictObject({
  call: relation,
  updates: z.array(column).min(1),
  reads: z.array(relation).default([]),
});

const domain = z.strictObject({ owner: name, service: name, private: z.array(name).default([]) });

export const gateIds = [
  'scripts_complete',
  'zero_errors',
  'audit_trail_complete',
  'views_compile',
  'rls_active',
  'boundary_isolated',
  'performance_impact',
] as const;

const count = z.int().min(0);
const seed = z.union([
  z.strictObject({ exact: count }),
  z.strictObject({ atLeast: count }),
  z.strictObject({ csv: z.string(), key: z.array(name).min(1) }),
]);

/** What the inventory looks for by name. */
const inventory = z
  .strictObject({
    auditFields: z
      .strictObject({
        createdBy: name.default('created_by'),
        createdAt: name.default('created_at'),
        updatedBy: name.default('updated_by'),
        updatedAt: name.default('updated_at'),
        function: name.default('set_audit_fields'),
      })
      .prefault({}),
    versioning: z
      .strictObject({
        family: relation.default('public.version_family'),
        version: relation.default('public.version'),
        map: relation.default('public.domain_family_map'),
        developer: relation.default('public.developer'),
      })
      .prefault({}),
    seeds: z.record(relation, seed).default({}),
  })
  .prefault({});

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is HH:MM, in UTC');

/** It becomes part of a file's name. */
const roleToSign = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a role that signs has small letters, digits and _');

/** Who says yes, by name of their role. */
const signOffs = z
  .strictObject({
    signers: z.string().default('policies/allowed_signers'),
    staging: z.array(roleToSign).default(['agent', 'infrastructure', 'human_operator']),
    promotion: z.array(roleToSign).default(['engineering_lead', 'dba', 'security', 'product_owner']),
    agents: z.array(name).default([]),
    agentRoles: z.array(roleToSign).default(['agent']),
    severalRolesEach: z.boolean().default(false),
  })
  .prefault({});

/** How a rehearsed change goes to where it counts. */
const promotion = z
  .strictObject({
    targets: z.record(name, z.strictObject({ urlFrom: variable })).default({}),
    confirm: z.string().min(1).default('PROMOTE'),
    killSwitch: variable.default('HOUSEKEEPING_KILL_SWITCH'),
    window: z.strictObject({ from: clock, until: clock }).optional(),
    evidenceAge: duration.default('7d'),
    backup: z
      .union([
        z.strictObject({ folder: z.string(), keep: duration.default('35d') }),
        z.strictObject({ external: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      ])
      .prefault({ folder: '../.drydock/backups' }),
    lockTimeout: duration.default('2s'),
    statementTimeout: duration.default('5m'),
    lockQueue: z.int().min(0).default(5),
    attempts: z.int().min(1).default(5),
    pause: duration.default('5s'),
    limits: z
      .strictObject({
        longestTransaction: duration.default('5m'),
        replicationLag: duration.default('30s'),
        connectionsInUse: z.number().min(0).max(1).default(0.9),
      })
      .prefault({}),
    ramp: z
      .strictObject({
        folder: z.string(),
        stages: z.array(z.int().min(1).max(100)).min(1).default([10, 50, 100]),
        waits: z.array(duration).default(['30m', '1h']),
        every: duration.default('1m'),
      })
      .optional(),
  })
  .prefault({});

const share = z.number().min(0).max(1);

/** What housekeeping promises, and the weekly report holds it to. */
const objectives = z
  .strictObject({
    over: duration.default('30d'),
    success: share.default(0.99),
    p50: duration.default('60s'),
    p95: duration.default('120s'),
    changeFailure: share.default(0.05),
    rollback: duration.default('30m'),
    driftRepair: duration.default('1d'),
  })
  .prefault({});

/** The whole of drydock.yaml. Keys are explained in ops/drydock.yaml itself. */
export const projectSchema = z.strictObject({
  project: name,
  // room for the name of its connect role
  database: name
    .refine((text) => Buffer.byteLength(text) <= 50, 'the name of a database has at most 50 bytes')
    .refine(
      (text) => !serversOwn.has(text),
      'every server has a database of this name: give the staging one of its own',
    ),
  admin: name,
  extensions: z.array(name).default([]),
  domains: z.record(name, domain).refine((domains) => Object.keys(domains).length > 0, 'name at least one domain'),
  contract: z.strictObject({
    roles: z.record(name, role),
    views: z.record(name, view).default({}),
    linkers: z.record(name, linker).default({}),
  }),
  migrations: z.array(z.strictObject({ folder: z.string(), as: name })).min(1),
  checks: z
    .strictObject({
      folders: z.array(z.string()).default([]),
      thresholds: z.record(z.string(), z.int().min(0)).default({}),
      thresholdsFrom: z.record(z.string(), variable).default({}),
      gaps: z.string().optional(),
      fixes: z.string().optional(),
    })
    .prefault({}),
  backfills: z
    .strictObject({
      folder: z.string().optional(),
      batch: z.int().min(1).default(5000),
      lockTimeout: duration.default('500ms'),
    })
    .prefault({}),
  hydrate: z.strictObject({ folder: z.string(), linker: name }).optional(),
  ingest: z.strictObject({ folder: z.string(), linker: name, as: name }).optional(),
  lease: z.strictObject({
    profile: name,
    ttl: duration.default('8h'),
    maximum: duration.default('24h'),
    connections: z.int().min(1).default(20),
    statement: duration.default('10m'),
    transaction: duration.default('30m'),
    idle: duration.default('5m'),
  }),
  performance: z
    .strictObject({
      workload: z.string().optional(),
      baseline: z.string().min(1).optional(),
      rows: z.int().min(100).max(50_000_000).default(200_000),
      budget: duration.default('2m'),
    })
    .prefault({}),
  waivers: z
    .array(
      z.strictObject({
        finding: z.string().min(1),
        object: z.string().min(1),
        reason: z.string().min(1),
        owner: z.string().min(1),
        expires: z.iso.date(),
      }),
    )
    .default([]),
  providers: z
    .strictObject({
      docker: z
        .strictObject({
          image: image.default('postgres:16'),
          container: containerName.default('drydock_staging_db'),
          network: containerName.default('bridge'),
          volume: containerName.optional(),
        })
        .prefault({}),
      remote: z
        .strictObject({
          urlFrom: variable.default('DRYDOCK_REMOTE_URL'),
          allowExisting: z.array(name).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  gates: z.strictObject({ staging: z.array(z.enum(gateIds)).min(1), promotion: z.array(z.enum(gateIds)).min(1) }),
  signOffs,
  promotion,
  objectives,
  trail: z
    .strictObject({ directory: z.string().default('audit-log/trail'), state: z.string().default(stateFolder) })
    .prefault({}),
  inventory,
});

/** The parts that name each other: enough to check references where the rest has mistakes. */
export const namesSchema = z.object({
  ...projectSchema.pick({ admin: true, domains: true, contract: true, migrations: true, hydrate: true, ingest: true })
    .shape,
  lease: z.object({ profile: name }),
});

const usualTrail = { state: stateFolder };

/** What books are kept by, in a file that may have mistakes anywhere. */
export const booksSchema = z
  .object({
    project: z.string().optional().catch(undefined),
    trail: z.object({ state: z.string().default(stateFolder) }).catch(usualTrail),
  })
  .catch({ project: undefined, trail: usualTrail });

function isBetween(least: number, number: number, most: number): boolean {
  return least <= number && number <= most;
}

export type Names = z.infer<typeof namesSchema>;
export type Config = z.infer<typeof projectSchema>;
/** The `inventory` of a project file, for those who have none. */
export const inventoryDefaults: Config['inventory'] = inventory.parse({});

export type InventorySettings = Config['inventory'];
export type GateId = (typeof gateIds)[number];
export type Verb = (typeof verbs)[number];
