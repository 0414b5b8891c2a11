import type { Session } from '../../../ops/postgres/index.ts';
import type { NamedRelation } from '../../leases/index.ts';
import { catalogQuery } from '../catalog.ts';
import type { ContractReader } from './contract.ts';

/** One thing that stands in the way, or that hides rows without standing in the way. */
export interface Reason {
  readonly object: string;
  readonly missing: 'grant' | 'policy' | 'relation' | 'capability' | null;
  readonly why: string;
  /** Where in drydock.yaml or in a migration the operator would change it; null where nothing would help. */
  readonly place: string | null;
  /** The policies that decide which rows are there. */
  readonly policies?: readonly Policy[];
}

interface Policy {
  readonly name: string;
  readonly verb: string;
  readonly permissive: boolean;
  readonly using: string | null;
  readonly check: string | null;
}

interface Found {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly mayEnter: boolean;
  readonly may: boolean;
  readonly columns: readonly string[];
  readonly rowSecurity: boolean;
}

/** What stands in the way of one verb on one relation: by the server what is so, by the contract why. */
export async function reasonsOf(session: Session, need: NamedRelation, contract: ContractReader): Promise<Reason[]> {
  const { verb, schema, name } = need;
  const [found] = await catalogQuery<Found>(session, 'relation', [schema, name, verb]);
  if (!found) return [notThere(need)];
  if (!found.mayEnter || !found.may) return [missingGrant(found, verb, contract)];
  return found.rowSecurity ? [await byPolicies(session, found, verb)] : [];
}

function notThere({ schema, name }: NamedRelation): Reason {
  const why = schema
    ? 'There is no such table or view.'
    : 'There is no such table or view where the search path leads; write it as schema.name.';
  return { object: schema ? `${schema}.${name}` : name, missing: 'relation', why, place: null };
}

function missingGrant({ schema, name, columns }: Found, verb: string, contract: ContractReader): Reason {
  const object = `${schema}.${name}`;
  if (contract.states(verb, schema, name)) {
    const why = `The contract states ${verb.toLowerCase()} on ${object}, and this staging does not have it yet.`;
    return { object, missing: 'grant', why, place: 'drydock apply' };
  }
  const only = columns.length > 0 ? ` Here you may on the columns ${columns.join(', ')} only.` : '';
  const why = contract.lacks(verb, schema, name) + only;
  return { object, missing: 'grant', why, place: contract.place(verb, schema, name) };
}

async function byPolicies(session: Session, { oid, schema, name }: Found, verb: string): Promise<Reason> {
  const object = `${schema}.${name}`;
  const policies = await catalogQuery<Policy>(session, 'policies', [oid, verb]);
  const lets = policies.some(({ permissive }) => permissive);
  const lower = verb.toLowerCase();
  if (lets) {
    const why = `You may ${lower} within these policies: rows that they hide are not there for you, and rows that break a check are refused.`;
    return { object, missing: null, why, place: null, policies };
  }
  const why = `You may ${lower}, but row-level security is on and no policy for ${lower} reaches you: there are no rows.`;
  return {
    object,
    missing: 'policy',
    why,
    place: `a migration: create policy … on ${object} for ${lower} to …`,
    policies,
  };
}
