import { markup } from '../../../ops/page/index.ts';
import type { Refusal } from '../refusals.ts';
import { frame } from './frame.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'That is not accepted',
  403: 'That is not yours to do',
  404: 'Nothing here',
  409: 'Not as things stand',
  413: 'Too large',
  421: 'Wrong name',
  422: 'That cannot be read',
  429: 'Slower, please',
  503: 'Out of reach',
  504: 'That took too long',
};

/**
 * What went wrong, and what to do about it.
 * @param asked the path that can be asked for again; after the origin, so that no path of it can name another host
 */
export function problemPage(
  { status, code, message, hint }: Refusal,
  origin: string,
  asked: string | undefined,
): string {
  const title = titles[status] ?? 'Something is wrong here';
  const again = asked === undefined ? null : markup`<a href="${origin}${asked}">Try again</a> or `;
  return frame(
    title,
    null,
    markup`<div class="sign-in"><h1>${title}</h1><p>${message}</p>${hint ? markup`<p class="soft">${hint}</p>` : null}
<p>${again}<a href="${origin}/">go to the start</a>.</p><p class="soft small">${code}</p></div>`,
  );
}
