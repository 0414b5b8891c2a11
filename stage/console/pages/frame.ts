import { markup, type Markup } from '../../../ops/page/index.ts';
import type { ToolAction } from '../../../ops/policies/index.ts';
import type { ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { mayDo } from '../doors.ts';

export interface View {
  readonly title: string;
  readonly content: Markup;
}

const sections: readonly (readonly [path: string, name: string, action: ToolAction])[] = [
  ['/runs', 'Runs', 'runs/read'],
  ['/cost', 'Cost', 'finops/dashboard'],
  ['/privacy', 'Privacy', 'privacy/dashboard'],
  ['/leases', 'Leases', 'leases/read'],
  ['/records', 'Records', 'records/read'],
  ['/erasures', 'Erasures', 'erasures/read'],
];

/** A page of somebody who is signed in: what may be seen above it, and what came of the last form. */
export async function show(c: ConsoleContext, desk: Desk, { title, content }: View): Promise<Response> {
  const may = await mayDo(c, desk);
  const links = sections
    .filter(([, , action]) => may(action))
    .map(([path, name]) => {
      const isHere = c.req.path === path || c.req.path.startsWith(`${path}/`);
      return markup`<li><a href="${path}"${isHere ? markup` aria-current="page"` : null}>${name}</a></li>`;
    });
  const { agent, role } = c.get('caller');
  const bar = markup`<div class="bar">${brand(desk.parts.project)}<nav aria-label="Sections"><ul>${links}</ul></nav>
<div class="who"><span><b>${agent}</b> <span class="soft">${role}</span></span>${signOut(c)}</div></div>`;
  const text = frame(`${title}, ${desk.parts.project}`, bar, markup`${flash(c)}${content}`);
  return c.html(desk.parts.redactor.redact(text));
}

/** A page of nobody in particular. */
export function frame(title: string, bar: Markup | null, content: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<link rel="icon" href="/assets/drydock.svg" type="image/svg+xml"><link rel="stylesheet" href="/assets/page.css">
<script src="/assets/page.js" defer></script></head>
<body><a class="skip" href="#main">To the content</a>
${bar}
<main id="main">${content}</main>
</body>
</html>
`.text;
}

/** A form that changes something: nobody but this page can send it. */
export function form(c: ConsoleContext, action: string, content: Markup, className = 'row'): Markup {
  return markup`<form method="post" action="${action}" class="${className}"><input type="hidden" name="csrf" value="${c.get('browser')?.csrf ?? ''}">${content}</form>`;
}

/** After a form: says what came of it on the page that follows. */
export function back(c: ConsoleContext, path: string, said: string): Response {
  const browser = c.get('browser');
  if (browser) browser.flash = said;
  return c.redirect(path, 303);
}

/** What a page shows where there is nothing yet, and how there comes something. */
export function empty(title: string, how: string): Markup {
  return markup`<div class="empty"><b>${title}</b>${how}</div>`;
}

export function chip(tone: string, text: string): Markup {
  return markup`<span class="chip ${toneOf(tone)}">${text}</span>`;
}

/** The four tones of the common style. */
export function toneOf(word: string): string {
  if (['go', 'executed', 'done'].includes(word)) return 'go';
  if (['no-go', 'failed', 'error', 'blocked'].includes(word)) return 'no-go';
  return ['unproven', 'cancelled', 'waiting', 'approved', 'warning'].includes(word) ? 'unproven' : 'neutral';
}

export function tiles(all: readonly (readonly [value: string, name: string, isBad?: boolean])[]): Markup {
  const one = ([value, name, isBad]: (typeof all)[number]) =>
    markup`<div><b${isBad ? markup` class="bad"` : null}>${value}</b><span class="small">${name}</span></div>`;
  return markup`<div class="tiles">${all.map(one)}</div>`;
}

/** A table that is as wide as it must be, and scrolls by keyboard too where the screen is narrower. */
export function table(
  label: string,
  heads: readonly (string | Markup)[],
  rows: readonly Markup[],
  className = '',
): Markup {
  const titles = heads.map((head) => (typeof head === 'string' ? markup`<th scope="col">${head}</th>` : head));
  return markup`<div class="wide" tabindex="0" role="region" aria-label="${label}"><table class="${className}"><thead><tr>${titles}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

export function numberHead(name: string): Markup {
  return markup`<th scope="col" class="number">${name}</th>`;
}

function brand(project: string): Markup {
  return markup`<a class="brand" href="/"><img src="/assets/drydock.svg" width="26" height="26" alt="">${project}</a>`;
}

function signOut(c: ConsoleContext): Markup | null {
  if (!c.get('browser')) return null;
  return form(c, '/sign-out', markup`<button class="plain">Sign out</button>`, '');
}

function flash(c: ConsoleContext): Markup | null {
  const browser = c.get('browser');
  const said = browser?.flash;
  if (!browser || said === undefined) return null;
  browser.flash = undefined;
  return markup`<p class="note go flash" role="status">${said}</p>`;
}
