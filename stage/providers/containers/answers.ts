/** What an engine answers, as HTTP says it. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode;
}

export const nameConflict = 409;
export const notRunning = 304;
export const gone = 404;
export const beingRemoved = 409;

/** Passes an error on unless it only says that the work was done already. */
export function unless(...harmless: number[]): (error: unknown) => void {
  return (error) => {
    if (!harmless.includes(statusOf(error) ?? 0)) throw error;
  };
}
