import { z } from 'zod';
import { parseScript, type Session, type Statement } from '../../../ops/postgres/index.ts';
import { catalogQuery } from '../catalog.ts';
import { ContractReader } from '../denial/contract.ts';
import { needsOf } from '../denial/needs.ts';
import { reasonsOf, type Reason } from '../denial/relations.ts';
import { isPlannable, kindInWords, stateInWords } from '../denial/words.ts';
import { explained } from '../explained.ts';
import { isServerError } from '../refusals.ts';
import { tool } from '../tool.ts';
import { statement } from './statement.ts';

const mostRelations = 50;

/** Says what is missing, and grants nothing. */
export const explainDenial = tool({
  name: 'explain_denial',
  title: 'Explain a refusal',
  description:
    'Says why a statement is refused, or why it sees or changes fewer rows than expected: which grant or policy is ' +
    'missing, what the contract says, and what the operator would have to change. Runs and grants nothing. Give the ' +
    'statement, the SQLSTATE of the refusal, or both.',
  input: z
    .strictObject({
      sql: statement.optional(),
      sqlstate: z
        .string()
        .regex(/^[0-9A-Z]{5}$/)
        .optional(),
    })
    .refine(({ sql, sqlstate }) => sql !== undefined || sqlstate !== undefined, 'give sql, sqlstate or both'),
  readsOnly: true,

  async run({ sql, sqlstate }, { parts: { project, lease }, loan, signal }) {
    const meaning = sqlstate === undefined ? {} : { sqlstate, meaning: stateInWords(sqlstate) };
    if (sql === undefined) return { ...meaning, reasons: [] };
    const contract = new ContractReader(project.config, lease.profile);
    const found = await loan.with(signal, (session) => explain(session, sql, contract));
    return { ...meaning, ...found, note: 'Nothing was run and nothing granted. Only the operator can change it.' };
  },
});

async function explain(session: Session, sql: string, contract: ContractReader): Promise<object> {
  const statements = await parseScript(sql);
  const [only, second] = statements ?? [];
  if (!only) return { server: await verdict(session, sql), reasons: [] };
  if (second) return { server: null, reasons: [ofKind('There are several statements: one a call.')] };
  const words = kindInWords(only);
  if (words !== null) return { server: null, reasons: [ofKind(words)] };
  const server = isPlannable(only) ? await verdict(session, sql) : null;
  return { server, reasons: await byNeeds(session, only, contract) };
}

async function byNeeds(session: Session, statement: Statement, contract: ContractReader): Promise<Reason[]> {
  const { relations, calls } = needsOf(statement);
  const reasons: Reason[] = [];
  for (const need of relations.slice(0, mostRelations)) reasons.push(...(await reasonsOf(session, need, contract)));
  const refused = await catalogQuery<{ schema: string; name: string }>(session, 'calls', [calls]);
  return [...reasons, ...refused.map(({ schema, name }) => missingCall(schema, name, contract))];
}

function missingCall(schema: string, name: string, contract: ContractReader): Reason {
  const object = `${schema}.${name}()`;
  if (contract.statesCall(schema, name)) {
    return {
      object,
      missing: 'grant',
      why: `The contract states it; this staging does not have it yet.`,
      place: 'drydock apply',
    };
  }
  const why =
    schema === 'pg_catalog'
      ? 'Only roles that stand above grants may call it: no lease is a member of one.'
      : 'The contract does not give your profile this call.';
  return { object, missing: 'capability', why, place: contract.placeOfCall(schema, name) };
}

function ofKind(why: string): Reason {
  return { object: 'the statement', missing: 'capability', why, place: null };
}

/** What the server itself says: EXPLAIN asks for the rights, and does nothing. */
async function verdict(session: Session, sql: string): Promise<object> {
  try {
    await session.bounded(explained(sql), { rows: 1, bytes: 10_000 });
    return { allowed: true };
  } catch (error) {
    if (!isServerError(error)) throw error;
    return { allowed: false, sqlstate: error.code, message: error.message };
  }
}
