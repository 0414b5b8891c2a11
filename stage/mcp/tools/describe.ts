import { z } from 'zod';
import { DrydockError } from '../../../ops/errors.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { rightsInWords } from '../../leases/index.ts';
import { catalogQuery } from '../catalog.ts';
import { tool } from '../tool.ts';

const mostListed = 300;
const name = z.string().min(1).max(200);

interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly may: readonly string[];
  readonly rowSecurity: boolean;
  readonly comment: string | null;
}

/** What there is, and what may be done with it: by the server, and by the contract in words. */
export const describe = tool({
  name: 'describe',
  title: 'Describe schemas, tables, rights',
  description:
    'Without arguments: what your profile may and may not do by the contract, and the tables, views and functions you ' +
    'can see, each with the verbs you may use. With schema: those of one schema. With schema and table: columns, ' +
    'constraints, indexes, and the row-level security policies that decide which rows you see.',
  input: z
    .strictObject({ schema: name.optional(), table: name.optional() })
    .refine(({ schema, table }) => table === undefined || schema !== undefined, 'name the schema of the table too'),
  readsOnly: true,

  async run({ schema, table }, { parts: { project, lease }, loan, signal }) {
    return loan.with(signal, async (session) => {
      if (schema !== undefined && table !== undefined) return describeTable(session, schema, table);
      const listed = await list(session, schema);
      if (schema !== undefined) return listed;
      return { profile: lease.profile, ...rightsInWords(project.config, lease.profile), ...listed };
    });
  },
});

async function list(session: Session, schema: string | undefined): Promise<object> {
  const within = schema ?? null;
  const relations = await catalogQuery<Relation>(session, 'relations', [within, null, mostListed + 1]);
  const functions = await catalogQuery(session, 'functions', [within, mostListed + 1]);
  const isMore = relations.length > mostListed || functions.length > mostListed;
  return {
    relations: relations.slice(0, mostListed).map(({ rowSecurity: _, ...relation }) => relation),
    functions: functions.slice(0, mostListed),
    ...(isMore && {
      more: `There are more than ${mostListed}: name a schema, or look them up in pg_catalog with query.`,
    }),
  };
}

async function describeTable(session: Session, schema: string, table: string): Promise<object> {
  const [found] = await catalogQuery<{ oid: number }>(session, 'relation', [schema, table, 'SELECT']);
  if (!found) {
    throw new DrydockError('MCP_RELATION', 'There is no such table or view.', {
      hint: 'describe with the schema alone lists them; names are written as they were made, capitals included.',
    });
  }
  const [listed] = await catalogQuery<Relation>(session, 'relations', [schema, table, 1]);
  const columns = await catalogQuery(session, 'columns', [found.oid]);
  const constraints = await catalogQuery(session, 'constraints', [found.oid]);
  const policies = await catalogQuery(session, 'policies', [found.oid, null]);
  return { schema, name: table, ...listed, columns, constraints, policies };
}
