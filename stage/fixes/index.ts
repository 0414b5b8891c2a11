/** Statements that mend what checks find: shown first, written only when two switches say so. */
export { loadFixes, type Fix } from './file.ts';
export { runFix, type Delta, type Fixed } from './run.ts';
