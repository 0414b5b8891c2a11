import { identifier } from '../postgres/index.ts';
import { extensionsSchema } from './rights.ts';

/**
 * Statements that make functions in the schema of extensions and give them to a role, with what they need around them:
 * whoever is not superuser gives a function only to who may make one there.
 */
export function makingFor(role: string, statements: string, { superuser }: { superuser: boolean }): string {
  if (superuser) return statements;
  const [schema, name] = [extensionsSchema, identifier(role)];
  return `grant create on schema ${schema} to ${name};\n${statements};\nrevoke create on schema ${schema} from ${name}`;
}
