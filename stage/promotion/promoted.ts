import { readOnly, type Target } from '../../ops/postgres/index.ts';

/** The newest promotion that was committed into a target. */
export interface Promoted {
  readonly promotionId: string;
  readonly promotedAt: string;
  readonly commit: string;
}

const limits = { statementTimeoutMs: 5000, lockTimeoutMs: 1000 };

/** Asks a target, read only, what was promoted to it last. @returns null when nothing was */
export async function lastPromotion(target: Target, signal: AbortSignal): Promise<Promoted | null> {
  const { value } = await readOnly(
    target,
    limits,
    async (session) => {
      const { there } = await session.row<{ there: boolean }>(
        `select pg_catalog.to_regclass('audit.promotion') is not null as there`,
      );
      if (!there) return null;
      const { rows } = await session.query<Promoted>(
        `select promotion_id as "promotionId", promoted_at::text as "promotedAt", source_commit as commit
         from audit.promotion order by promoted_at desc, promotion_id desc limit 1`,
      );
      return rows[0] ?? null;
    },
    { applicationName: 'drydock baseline', cancel: signal },
  );
  return value;
}
