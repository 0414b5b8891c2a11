export { Markup, markup } from './markup.ts';
export { factList, page, section } from './page.ts';
export { baseStyle } from './style.ts';
