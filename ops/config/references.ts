import type { ConfigProblem } from './problems.ts';
import { nearest } from './nearest.ts';
import { isReservedSchema, ownRoles, viewsOwner, viewsSchema } from './reserved.ts';
import type { Names } from './schema.ts';

/** Finds names in the configuration that point at nothing, and names that mean two things. */
export function checkReferences(names: Names): ConfigProblem[] {
  return [
    ...danglingNames(names),
    ...reservedDomains(names),
    ...reservedRoles(names),
    ...doubleRoles(names),
    ...sharedOwners(names),
  ];
}

function danglingNames({ domains, contract, migrations, hydrate, ingest, lease }: Names): ConfigProblem[] {
  const owners = Object.values(domains).map(({ owner }) => owner);
  const roles = Object.keys(contract.roles);
  const linkers = Object.keys(contract.linkers);
  const problems: ConfigProblem[] = [];
  const mustBe = (path: string, what: string, given: string, known: readonly string[]) => {
    if (known.includes(given)) return;
    const like = nearest(given, known);
    problems.push({ path, message: `there is no ${what} "${given}".${like ? ` Did you mean ${like}?` : ''}` });
  };

  for (const [domain, { service }] of Object.entries(domains)) {
    mustBe(`domains.${domain}.service`, 'role in the contract', service, roles);
  }
  for (const [role, rights] of Object.entries(contract.roles)) {
    for (const schema of Object.keys(rights).filter((key) => key !== 'calls')) {
      mustBe(`contract.roles.${role}.${schema}`, 'domain', schema, [...Object.keys(domains), viewsSchema]);
    }
  }
  for (const [view, { for: readers = [] }] of Object.entries(contract.views)) {
    for (const reader of readers) mustBe(`contract.views.${view}.for`, 'role in the contract', reader, roles);
  }
  migrations.forEach(({ as }, index) => mustBe(`migrations.${index}.as`, 'owner', as, [...owners, viewsOwner]));
  if (hydrate) mustBe('hydrate.linker', 'linker', hydrate.linker, linkers);
  if (ingest) {
    mustBe('ingest.linker', 'linker', ingest.linker, linkers);
    mustBe('ingest.as', 'role in the contract', ingest.as, roles);
  }
  mustBe('lease.profile', 'role in the contract', lease.profile, roles);
  return problems;
}

function reservedDomains({ domains }: Names): ConfigProblem[] {
  const message = "a schema of that name is there already, and is not a domain's";
  return Object.keys(domains)
    .filter(isReservedSchema)
    .map((domain) => ({ path: `domains.${domain}`, message }));
}

/** What the server means by itself can be no role of a project. */
function reservedRoles({ admin, domains, contract }: Names): ConfigProblem[] {
  const uses = [
    ['admin', admin] as const,
    ...Object.entries(domains).map(([domain, { owner }]) => [`domains.${domain}.owner`, owner] as const),
    ...Object.keys(contract.linkers).map((name) => [`contract.linkers.${name}`, name] as const),
    ...Object.keys(contract.roles).map((name) => [`contract.roles.${name}`, name] as const),
  ];
  return uses
    .filter(([, name]) => /^(public|none|pg_.*)$/.test(name))
    .map(([path, name]) => ({
      path,
      message: `the server keeps the name ${name} for itself: no role of yours can have it`,
    }));
}

/** A role under two headings would have the rights of both: an owner that is a profile, say, could be lent. */
function doubleRoles({ admin, domains, contract }: Names): ConfigProblem[] {
  const meanings = new Map([...ownRoles.map((role) => [role, "Drydock's own"] as const), [admin, 'the administrator']]);
  const uses = [
    ...Object.entries(domains).map(([domain, { owner }]) => [`domains.${domain}.owner`, owner, 'an owner'] as const),
    ...Object.keys(contract.linkers).map((name) => [`contract.linkers.${name}`, name, 'a linker'] as const),
    ...Object.keys(contract.roles).map((name) => [`contract.roles.${name}`, name, 'a role of the contract'] as const),
  ];
  return uses.flatMap(([path, name, meaning]) => {
    const other = meanings.get(name) ?? meaning;
    meanings.set(name, other);
    return other === meaning ? [] : [{ path, message: `${name} is ${other} already and cannot be ${meaning} too` }];
  });
}

/** Whoever owns two domains has the rights of both: nothing would keep what it makes in one from reading the other. */
function sharedOwners({ domains }: Names): ConfigProblem[] {
  const firstOf = new Map<string, string>();
  return Object.entries(domains).flatMap(([domain, { owner }]) => {
    const first = firstOf.get(owner);
    firstOf.set(owner, first ?? domain);
    if (first === undefined) return [];
    const message = `${owner} owns ${first} already, and no boundary holds between two domains of one owner: name another role`;
    return [{ path: `domains.${domain}.owner`, message }];
  });
}
