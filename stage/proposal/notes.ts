import { ownSchemas } from './domains.ts';
import type { Found, FoundRight } from './read.ts';

/** What was found and a contract cannot say, a sentence each. */
export function inexpressible({ rights, logins, relations }: Found, contractRoles: readonly string[]): string[] {
  const governed = rights.filter(({ schema }) => !ownSchemas.includes(schema));
  const list = (chosen: readonly FoundRight[]) =>
    [...new Set(chosen.map(({ role, verb, schema, object }) => `${role} ${verb} on ${schema}.${object}`))].join('; ');
  const toPublic = governed.filter(
    ({ role, kind, schema }) => role === 'PUBLIC' && !(kind === 'schema' && schema === 'public'),
  );
  const grantable = governed.filter(({ isGrantable }) => isGrantable);
  const sequences = governed.filter(({ kind, role }) => kind === 'sequence' && role !== 'PUBLIC');
  const creators = governed.filter(({ kind, verb }) => kind === 'schema' && verb === 'create');
  const dotted = relations.filter(({ schema, name }) => `${schema}${name}`.includes('.'));
  const people = contractRoles.filter((role) => logins.includes(role));
  const sentences: [readonly unknown[], string][] = [
    [toPublic, `PUBLIC holds rights, which a contract never gives: ${list(toPublic)}.`],
    [grantable, `Rights held with grant option are proposed without it: ${list(grantable)}.`],
    [sequences, `Rights on sequences are not stated (identity columns need none): ${list(sequences)}.`],
    [creators, `Only a domain's owner creates in it: ${list(creators)}.`],
    [
      dotted,
      `Names with a dot cannot be written in a contract: ${dotted.map(({ schema, name }) => `${schema}.${name}`).join(', ')}.`,
    ],
    [people, `These roles log in today; in a staging they are profiles, and leases log in: ${people.join(', ')}.`],
  ];
  return sentences.filter(([what]) => what.length > 0).map(([, sentence]) => sentence);
}
