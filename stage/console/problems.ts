import { randomBytes } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import type { ConsoleContext } from './app.ts';
import type { Desk } from './desk.ts';
import { isApi } from './doors.ts';
import { problemPage } from './pages/problem.ts';
import { refusalOf, type Refusal } from './refusals.ts';

/** Says what went wrong, as the path is answered: in JSON or as a page. Of a fault of ours the caller learns its number only. */
export async function answerError(desk: Desk, error: unknown, c: ConsoleContext): Promise<Response> {
  const refusal = refusalOf(error) ?? ofHttp(error) ?? fault(desk, error);
  c.set('refusal', refusal);
  return answer(desk, refusal, c);
}

export function answerNotFound(desk: Desk, c: ConsoleContext): Promise<Response> {
  const refusal: Refusal = { ...plain, status: 404, code: 'CONSOLE_NOT_FOUND', message: 'There is nothing here.' };
  return answer(desk, refusal, c);
}

async function answer({ parts: { redactor, origin } }: Desk, refusal: Refusal, c: ConsoleContext): Promise<Response> {
  const { status, ...error } = refusal;
  if (status === 413) c.header('connection', 'close'); // the rest of the body is not read
  if (isApi(c.req.path)) {
    return c.body(redactor.redact(JSON.stringify({ error })), status, { 'content-type': 'application/json' });
  }
  const { pathname, search } = new URL(c.req.url);
  const asked = c.req.method === 'GET' ? pathname + search : undefined;
  if (status === 401) {
    return c.redirect(
      asked === undefined || asked === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(asked)}`,
      303,
    );
  }
  return c.html(redactor.redact(problemPage(refusal, origin, asked)), status);
}

const plain = { hint: null, constraint: null };

/** What the parts of hono throw by themselves. */
function ofHttp(error: unknown): Refusal | undefined {
  if (!(error instanceof HTTPException)) return undefined;
  const { status } = error;
  if (status === 413)
    return { ...plain, status, code: 'CONSOLE_TOO_LARGE', message: 'The body is larger than 256 kB.' };
  if (status === 504) return { ...plain, status, code: 'CONSOLE_SLOW', message: 'The answer took longer than 15 s.' };
  if (status >= 500) return undefined;
  const message = error.message || 'The body cannot be read.';
  return { ...plain, status: status as Refusal['status'], code: 'CONSOLE_INVALID', message };
}

function fault({ parts: { note, redactor } }: Desk, error: unknown): Refusal {
  const number = randomBytes(4).toString('hex');
  note(redactor.redact(`${number}: ${error instanceof Error ? error.stack : String(error)}`));
  return {
    ...plain,
    status: 500,
    code: 'CONSOLE_FAULT',
    message: `Something is wrong in the console: fault ${number}.`,
  };
}
