import { fileURLToPath } from 'node:url';

/** The folder of the SQL that Drydock brings along: bootstrap, checks, probes. */
export const builtinSql = fileURLToPath(new URL('./sql', import.meta.url));

/** The folder that paths of built-in files are shown relative to. */
export const builtinRoot = fileURLToPath(new URL('..', import.meta.url));

/** The small project that `drydock init` copies. */
export const initTemplate = fileURLToPath(new URL('./init', import.meta.url));

/** What every error code means. */
export const errorsRunbook = fileURLToPath(new URL('./runbooks/errors.md', import.meta.url));
