import type { ConfigProblem } from './load.ts';
import { nearest } from './nearest.ts';
import type { Config } from './schema.ts';

/** Schemas that every project has beside its domains. */
export const viewsSchema = 'views';

/** Finds names in the configuration that point at nothing: roles, domains, views, linkers. */
export function checkReferences(config: Config): ConfigProblem[] {
  const domains = Object.keys(config.domains);
  const owners = Object.values(config.domains).map(({ owner }) => owner);
  const roles = Object.keys(config.contract.roles);
  const linkers = Object.keys(config.contract.linkers);
  const problems: ConfigProblem[] = [];
  const mustBe = (path: string, what: string, given: string, known: readonly string[]) => {
    if (known.includes(given)) return;
    const like = nearest(given, known);
    problems.push({ path, message: `there is no ${what} "${given}".${like ? ` Did you mean ${like}?` : ''}` });
  };

  for (const [domain, { service }] of Object.entries(config.domains)) {
    mustBe(`domains.${domain}.service`, 'role in the contract', service, roles);
  }
  for (const [role, rights] of Object.entries(config.contract.roles)) {
    for (const schema of Object.keys(rights).filter((key) => key !== 'calls')) {
      mustBe(`contract.roles.${role}.${schema}`, 'domain', schema, [...domains, viewsSchema]);
    }
  }
  for (const [view, { for: readers = [] }] of Object.entries(config.contract.views)) {
    for (const reader of readers) mustBe(`contract.views.${view}.for`, 'role in the contract', reader, roles);
  }
  config.migrations.forEach(({ as }, index) => {
    mustBe(`migrations.${index}.as`, 'owner', as, [...owners, 'views_owner']);
  });
  if (config.hydrate) mustBe('hydrate.linker', 'linker', config.hydrate.linker, linkers);
  if (config.ingest) {
    mustBe('ingest.linker', 'linker', config.ingest.linker, linkers);
    mustBe('ingest.as', 'role in the contract', config.ingest.as, roles);
  }
  mustBe('lease.profile', 'role in the contract', config.lease.profile, roles);
  return problems;
}
