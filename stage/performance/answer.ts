import { codeOf } from '../../ops/errors.ts';

/** What a statement came to: a value, or the server's refusal, which is an answer too. */
export type Answer<T> = { readonly value: T } | { readonly error: unknown };

/** Whether a code is one of the server's five letters and digits, and not Node's. */
export function isSqlState(code: string | undefined): boolean {
  return /^[0-9A-Z]{5}$/.test(code ?? '');
}

/** Does `work` and takes the server's refusal for an answer; a lost connection, say, is none. */
export async function answerOf<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (isSqlState(codeOf(error))) return { error };
    throw error;
  }
}
