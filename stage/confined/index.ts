export { confineAhead, dropLeftovers, endConfinement } from './confinement.ts';
export { runConfined, statementsOf, type Part, type Ran } from './migration.ts';
export { queryAs, runAs, type Actor } from './statement.ts';
