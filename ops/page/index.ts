export { Markup, markup } from './markup.ts';
export { factList, page, section, type Page } from './page.ts';
export { baseStyle } from './style.ts';
