/** Of every command that brings up a Postgres. */
export const providerFlag = {
  flags: '--provider <name>',
  summary: 'where the Postgres comes from: embedded, docker, compose or remote',
  default: 'embedded',
};
