import type { ConsoleContext } from './app.ts';

/** The fields of a form, as our pages send them; of anything else there are none. */
export async function fieldsOf(c: ConsoleContext): Promise<Readonly<Record<string, string>>> {
  const isForm = /^application\/x-www-form-urlencoded\b/.test(c.req.header('content-type') ?? '');
  return isForm ? Object.fromEntries(new URLSearchParams(await c.req.text())) : {};
}
