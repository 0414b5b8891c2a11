/** The database audit as an AWS Lambda function: the handler of ops/lambda/template.yaml, bundled by bundle.ts. */
import { openDestination, takeAudit, writeAudit, type Audit, type Written } from '../audit-log/inventory/index.ts';
import { parseDuration } from '../ops/config/index.ts';
import { codeOf, DrydockError, messageOf } from '../ops/errors.ts';
import { Redactor } from '../ops/redact.ts';
import { databaseUrl } from './database-url.ts';
import { auditVerdict, inventorySettings, requestedSchemas, targetOfDatabase } from './inventory.ts';

/** What an invocation may ask for; everything else comes from the function's environment. */
export interface AuditEvent {
  /** Wins over S3_BUCKET. */
  readonly bucket?: string;
  /** Before `database_audits/` in the bucket; wins over S3_PREFIX. */
  readonly prefix?: string;
  /** Separated by commas; all but the system's without it. */
  readonly schemas?: string;
  /** What counting rows may take, as in `--budget`. */
  readonly budget?: string;
}

interface Context {
  getRemainingTimeInMillis(): number;
}

export interface Reply {
  readonly statusCode: 200;
  /** JSON: what was audited, its summary, and where its files are. */
  readonly body: string;
}

/**
 * Audits the database into the bucket.
 * Throws when it could not, or when seeds are missing: an invocation that returns counts as a success, and no alarm hears it.
 */
export async function handler(event: AuditEvent | null, context: Context): Promise<Reply> {
  const redactor = new Redactor();
  try {
    return await auditInto(event ?? {}, process.env, context, redactor);
  } catch (error) {
    throw redacted(error, redactor);
  }
}

async function auditInto(
  event: AuditEvent,
  env: NodeJS.ProcessEnv,
  context: Context,
  redactor: Redactor,
): Promise<Reply> {
  const destination = await openDestination(placeOf(event, env), {
    cwd: process.cwd(),
    endpoint: env['AWS_ENDPOINT_URL_S3'],
  });
  const target = targetOfDatabase(await databaseUrl(env, redactor), 'DATABASE_URL', redactor);
  const audit = await takeAudit({
    target,
    ...(await inventorySettings(process.cwd(), env['DRYDOCK_CONFIG'])),
    schemas: requestedSchemas(event.schemas),
    // counting leaves half of the time to the rest of the audit
    budgetMs: Math.min(parseDuration(event.budget ?? '60s'), context.getRemainingTimeInMillis() / 2),
    samples: false,
    now: () => new Date(),
  });
  const reports = await writeAudit(audit, destination);
  requireSeeds(audit, reports);
  console.log(`audited ${audit.database_info.database_name} in ${audit.duration_ms} ms: ${reports.complete}`);
  return { statusCode: 200, body: JSON.stringify(answerOf(audit, reports)) };
}

function placeOf(event: AuditEvent, env: NodeJS.ProcessEnv): string {
  const bucket = event.bucket ?? env['S3_BUCKET'];
  if (!bucket) {
    throw new DrydockError('USAGE_S3', 'Neither the event nor S3_BUCKET names a bucket.', {
      hint: 'Set S3_BUCKET on the function, or send {"bucket": "NAME"}.',
    });
  }
  return `s3://${bucket}/${event.prefix ?? env['S3_PREFIX'] ?? ''}`;
}

function answerOf(audit: Audit, reports: Written) {
  return {
    message: 'Database audit completed successfully',
    timestamp: audit.audit_timestamp,
    database: audit.database_info.database_name,
    structure_sha256: audit.structure_sha256,
    summary: audit.summary,
    unseen: audit.unseen.length,
    reports,
  };
}

/** The files are written by now: whoever is woken finds in them what is missing. */
function requireSeeds(audit: Audit, reports: Written): void {
  const verdict = auditVerdict(audit);
  if (verdict === 'go') return;
  const { examined = 0, violations = 0 } = audit.seed_progress ?? {};
  throw new DrydockError('INVENTORY_SEEDS', `Seeds are ${verdict}: ${violations} of ${examined} tables not loaded.`, {
    hint: `See seed_progress in ${reports.detailed_json}.`,
  });
}

/** Lambda logs and returns an error's name, message and stack: none of them may hold the password. */
function redacted(error: unknown, redactor: Redactor): Error {
  const hint = error instanceof DrydockError && error.hint ? ` ${error.hint}` : '';
  const told = new Error(redactor.redact(messageOf(error) + hint));
  told.name = codeOf(error) ?? 'Error';
  told.stack = redactor.redact(error instanceof Error && error.stack ? error.stack : told.message);
  return told;
}
