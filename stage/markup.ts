export { Markup, markup } from '../ops/page/index.ts';
