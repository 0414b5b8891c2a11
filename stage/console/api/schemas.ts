import { z } from '@hono/zod-openapi';

/** What the API takes and gives, once for the check at the door, the types of the code and the description. */

export const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();
const count = z.number();
const verdict = z.enum(['go', 'no-go', 'unproven']);

export const problem = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string().nullable(),
      constraint: z.string().nullable().meta({ description: 'The rule of the database that was broken.' }),
    }),
  })
  .openapi('Problem');

const head = {
  window: z.object({ since: z.iso.datetime(), until: z.iso.datetime() }),
  made_at: z.iso.datetime(),
  as_of: z.iso.datetime().meta({ description: 'Events that came later are not in it.' }),
  source_backend: z.string(),
  completeness: z.object({ verdict, reason: z.string() }),
};

const costLine = z.object({ key: z.string(), calls: count, cost_units: count, avg_duration_ms: count });

export const costDashboard = z
  .object({
    kind: z.literal('cost'),
    ...head,
    weights: z.string(),
    totals: z.object({ calls: count, cost_units: count, failed: count, denied: count, error_rate: count.nullable() }),
    top: z.object({ tool: list(costLine), agent: list(costLine), user: list(costLine), workspace: list(costLine) }),
    anomalies: list(
      z.object({
        kind: z.enum(['cost', 'errors']),
        tool: z.string(),
        hour: z.string(),
        value: count,
        baseline: count,
        ratio: count,
      }),
    ),
  })
  .openapi('CostDashboard');

export const privacyDashboard = z
  .object({
    kind: z.literal('privacy'),
    ...head,
    examined: count,
    findings: list(
      z.object({
        id: z.string(),
        level: z.enum(['error', 'warning']),
        what: z.string(),
        dimension: z.enum(['tool', 'agent', 'user', 'workspace']),
        key: z.string(),
        calls: count,
      }),
    ),
    sizes: z.object({
      in_bytes: count,
      out_bytes: count,
      largest: list(z.object({ tool: z.string(), largest_out: count })),
    }),
    denied: list(z.object({ agent: z.string(), tool: z.string(), calls: count })),
    retention: list(
      z.object({ place: z.enum(['jsonl', 'postgres']), days: count, oldest: z.string().nullable(), verdict }),
    ),
  })
  .openapi('PrivacyDashboard');

const mostHours = 24 * 92;
export const windowQuery = z.object({
  window_hours: z.coerce.number().int().min(1).max(mostHours).default(24),
  workspace: z.string().max(128).optional(),
});

const outcome = z.enum(['go', 'no-go', 'unproven', 'failed', 'cancelled']);

export const runList = z
  .object({
    runs: list(
      z.object({
        runId: z.string(),
        outcome,
        startedAt: z.string(),
        durationMs: count,
        provider: z.string(),
        actor: z.string(),
        commit: z.string().nullable(),
        gatesGo: count,
        gates: count,
      }),
    ),
    unreadable: list(z.object({ file: z.string(), reason: z.string() })),
  })
  .openapi('Runs');

const finding = z.object({
  level: z.enum(['error', 'warning']),
  object: z.string(),
  detail: z.string(),
  remedy: z.string().optional(),
  waived: z.object({ reason: z.string(), owner: z.string(), expires: z.string() }).optional(),
});
const gate = z.object({
  id: z.string(),
  title: z.string(),
  verdict,
  examined: count,
  violations: count,
  required: z.boolean(),
  reasons: list(z.string()),
  findings: list(finding),
});
export const gateList = z.object({ runId: z.string(), gates: list(gate) }).openapi('Gates');

export const runReport = z
  .object({
    runId: z.string(),
    outcome,
    project: z.string(),
    database: z.string(),
    provider: z.string(),
    serverVersion: z.string().nullable(),
    actor: z.string(),
    commit: z.string().nullable(),
    startedAt: z.iso.datetime(),
    durationMs: count,
    steps: list(
      z.object({ name: z.string(), title: z.string(), status: z.string(), durationMs: count, summary: z.string() }),
    ),
    gates: list(gate),
    matrix: list(
      z.object({ role: z.string(), schema: z.string(), probes: count, allowed: list(z.string()), mismatches: count }),
    ),
    evidence: list(z.object({ name: z.string(), title: z.string(), sha256: z.string(), bytes: count })),
    remarks: list(z.string()),
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        hint: z.string().nullable(),
        excerpt: z.string().nullable(),
      })
      .nullable(),
  })
  .openapi('Report');

export const leaseList = z
  .object({
    inForce: list(
      z.object({
        role: z.string(),
        profile: z.string(),
        database: z.string(),
        lentTo: z.string(),
        mintedBy: z.string(),
        mintedAt: z.string(),
        expiresAt: z.string(),
        sessions: count,
        problem: z.string().nullable(),
      }),
    ),
    ended: list(
      z.object({
        role: z.string(),
        profile: z.string(),
        lentTo: z.string().nullable(),
        endedAt: z.string(),
        endedBy: z.string(),
        reason: z.string(),
      }),
    ),
  })
  .openapi('Leases');

const uuid = z.guid();
const values = z.record(z.string(), z.unknown());
/** Postgres has no way to keep a NUL. */
const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\0]*$/, 'holds a NUL');
const shortText = text(255);

export const auditEvent = z
  .strictObject({
    // what is empty is for the record to refuse, by the name of its rule
    actionType: z.string().max(4_000),
    resourceType: z.string().max(4_000),
    resourceId: z.string().max(255),
    workspaceId: z.string().max(255),
    createdByUserId: z.string().max(255),
    oldValues: values.optional(),
    newValues: values.optional(),
    ipAddress: z.string().max(100).optional(),
    userAgent: z.string().max(2_000).optional(),
    tags: list(shortText).optional(),
    metadata: values.optional(),
    requestId: z.string().max(255).optional(),
    occurredAt: z.string().max(64).optional(),
    subjectId: z.string().max(255).optional(),
    clear: list(shortText).optional(),
  })
  .openapi('AuditEvent');

export const trailQuery = z.object({
  workspaceId: uuid,
  resourceType: shortText.optional(),
  resourceId: uuid.optional(),
  daysBack: z.coerce.number().int().min(1).max(3_660).default(30),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const nullableValues = values.nullable();
export const trail = z
  .object({
    records: list(
      z.object({
        id: z.string(),
        created_at: z.string(),
        created_by_user_id: z.string(),
        action_type: z.string(),
        resource_type: z.string(),
        resource_id: z.string(),
        old_values: nullableValues,
        new_values: nullableValues,
        changed_fields: list(z.string()).nullable(),
        tags: list(z.string()).nullable(),
        metadata: nullableValues,
        tier: z.enum(['hot', 'warm']),
        personal: z.enum(['none', 'clear', 'encrypted', 'opened', 'erased']),
      }),
    ),
  })
  .openapi('Trail');

export const erasureOrder = z
  .strictObject({
    workspaceId: uuid,
    userId: uuid,
    authority: z.enum(['GDPR', 'CCPA']),
    ticket: text(200).min(1),
  })
  .openapi('ErasureOrder');

export const erasureRequest = z
  .object({
    id: z.string(),
    requested_at: z.string(),
    requested_by: z.string(),
    workspace_id: z.string(),
    user_id: z.string(),
    authority: z.enum(['GDPR', 'CCPA']),
    ticket: z.string(),
    expires_at: z.string(),
    approved_by: list(z.string()),
    executed_at: z.string().nullable(),
    state: z.enum(['waiting', 'approved', 'executed', 'expired']),
  })
  .openapi('ErasureRequest');

export const byRole = z.object({ role: text(63) });
export const byId = z.object({ id: uuid });
export const byRun = z.object({ runId: z.string().max(128) });
export const reasonBody = z.strictObject({ reason: text(200).min(1) });
export const received = z.object({ accepted: count, pending: count, refused: count }).openapi('Received');
