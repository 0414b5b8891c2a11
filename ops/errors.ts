/** Where things go wrong in Drydock: one error type, and the exit codes of DESIGN section 7. */

export const exitCodes = { go: 0, failed: 1, usage: 2, 'no-go': 3, unproven: 4, cancelled: 130 } as const;

/** Areas whose errors are the caller's to mend before anything starts. */
const usageAreas = ['USAGE', 'CONFIG', 'CONTRACT'];

/**
 * An error a person can act on.
 * @param code `AREA_WHAT`, with a heading of its own in ops/runbooks/errors.md
 * @param message one sentence that names the object
 * @param options.hint an instruction: what to do next
 */
export class DrydockError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DrydockError';
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): number {
    if (this.code === 'RUN_CANCELLED') return exitCodes.cancelled;
    const area = this.code.slice(0, this.code.indexOf('_'));
    return usageAreas.includes(area) ? exitCodes.usage : exitCodes.failed;
  }
}

/** What went wrong first, where giving something back went wrong after it. */
export function originalOf(error: unknown): unknown {
  return error instanceof SuppressedError ? originalOf(error.suppressed) : error;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` that Node and Postgres put on their errors (`ENOENT`, `42501`), if there is one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
