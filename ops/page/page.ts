import { Markup, markup } from './markup.ts';
import { baseStyle } from './style.ts';

/** One file that shows everything it says without a network. */
export interface Page {
  readonly title: string;
  readonly header: Markup;
  readonly sections: readonly (Markup | null)[];
  /** Rules of this page alone, after those that all pages have. */
  readonly style?: string;
  /** JavaScript, run when the page stands. Without it the page still shows everything. */
  readonly script?: string;
}

/** The page as HTML. */
export function page({ title, header, sections, style = '', script }: Page): string {
  const run = script ? markup`<script>${new Markup(script)}</script>` : null;
  return markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${new Markup(baseStyle + style)}</style></head>
<body>
${header}
<main>
${sections.filter((one) => one !== null)}
</main>
${run}</body>
</html>
`.text;
}

/** A part with a heading; nothing where there is no content. */
export function section(title: string, content: Markup | null): Markup | null {
  return content && markup`<section><h2>${title}</h2>${content}</section>\n`;
}

/** Names and values, beside each other where there is room. */
export function factList(facts: readonly (readonly [name: string, value: string])[]): Markup {
  return markup`<dl>${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
