import { ownSchemas } from './domains.ts';
import { enumerated } from './enumerated.ts';
import type { Found, FoundRight } from './read.ts';

/** What was found and a contract cannot say, a sentence each. */
export function inexpressible(found: Found, contractRoles: readonly string[]): string[] {
  const { rights, logins, relations, memberships, defaults, crossings, elsewhere } = found;
  const governed = rights.filter(({ schema }) => !ownSchemas.includes(schema));
  const list = (chosen: readonly FoundRight[]) =>
    enumerated(chosen.map(({ role, verb, schema, object }) => `${role} ${verb} on ${schema}.${object}`));
  const toPublic = governed.filter(
    ({ role, kind, schema }) => role === 'PUBLIC' && !(kind === 'schema' && schema === 'public'),
  );
  const grantable = governed.filter(({ isGrantable }) => isGrantable);
  const sequences = governed.filter(({ kind, role }) => kind === 'sequence' && role !== 'PUBLIC');
  const creators = governed.filter(({ kind, verb }) => kind === 'schema' && verb === 'create');
  const dotted = relations.filter(({ schema, name }) => `${schema}${name}`.includes('.'));
  const groups = memberships.filter(({ group }) => contractRoles.includes(group) || group.startsWith('pg_'));
  const people = contractRoles.filter((role) => logins.includes(role));
  const sentences: [readonly unknown[], string][] = [
    [toPublic, `PUBLIC holds rights, which a contract never gives: ${list(toPublic)}.`],
    [grantable, `Rights held with grant option are proposed without it: ${list(grantable)}.`],
    [sequences, `Rights on sequences are not stated (identity columns need none): ${list(sequences)}.`],
    [creators, `Only a domain's owner creates in it: ${list(creators)}.`],
    [
      dotted,
      `Names with a dot cannot be written in a contract: ${enumerated(dotted.map(({ schema, name }) => `"${schema}"."${name}"`))}.`,
    ],
    [
      groups,
      `Rights held by membership are not stated; write them out for the member, or lend the group: ${enumerated(groups.map(({ member, group }) => `${member} in ${group}`))}.`,
    ],
    [
      defaults,
      `Default privileges are not stated, because a contract is about what is there: ${enumerated(defaults.map(({ maker, role }) => `${role} on what ${maker} makes`))}.`,
    ],
    [
      crossings,
      `Foreign keys cross from domain to domain, and a run is no-go with them; make one domain of the two, or a link of the key: ${enumerated(crossings.map(({ source, target }) => `${source} to ${target}`))}.`,
    ],
    [
      elsewhere,
      `A project has its extensions in the schema extensions, so a migration writes extensions.NAME for what they bring: ${enumerated(elsewhere)}.`,
    ],
    [people, `These roles log in today; in a staging they are profiles, and leases log in: ${enumerated(people)}.`],
  ];
  return sentences.filter(([what]) => what.length > 0).map(([, sentence]) => sentence);
}
