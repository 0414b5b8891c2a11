import { viewsSchema, type Config } from '../../../ops/config/index.ts';
import { declaredRights, type DeclaredRight } from '../../../ops/contract/index.ts';
import { own } from '../../../ops/own.ts';

/** Reads the contract for one profile, to say what it lacks and where that would stand. */
export class ContractReader {
  readonly #config: Config;
  readonly #profile: string;
  readonly #rights: readonly DeclaredRight[];

  constructor(config: Config, profile: string) {
    this.#config = config;
    this.#profile = profile;
    this.#rights = declaredRights(config).filter(({ role }) => role === profile);
  }

  states(verb: string, schema: string, name: string): boolean {
    const objects = this.#isPrivate(schema, name) ? [name] : [name, '*'];
    return this.#on(schema).some(
      ({ kind, object, privilege }) => kind === 'relation' && privilege === verb && objects.includes(object),
    );
  }

  statesCall(schema: string, name: string): boolean {
    return this.#on(schema).some(({ kind, object }) => kind === 'function' && object === name);
  }

  /** "The contract gives agent select on desk.tickets, and not delete." */
  lacks(verb: string, schema: string, name: string): string {
    const held = verbs.filter((one) => this.states(one, schema, name)).map((one) => one.toLowerCase());
    const columns = this.#columns(verb, schema, name);
    const narrowed = columns.length > 0 ? ` but on ${columns.join(', ')}` : '';
    const hidden = this.#isPrivate(schema, name) ? ', which is private to its domain' : '';
    return `The contract gives ${this.#profile} ${held.join(', ') || 'nothing'} on ${schema}.${name}${hidden}, and not ${verb.toLowerCase()}${narrowed}.`;
  }

  /** Where the operator would write it; null outside the domains, which the contract gives to nobody. */
  place(verb: string, schema: string, name: string): string | null {
    if (schema === viewsSchema) return `contract.views.${name}.for: add ${this.#profile}`;
    if (!Object.hasOwn(this.#config.domains, schema)) return null;
    const at = `contract.roles.${this.#profile}.${schema}`;
    // a verb on the whole schema does not reach what is private
    return this.#isPrivate(schema, name)
      ? `${at}: name ${name} under ${verb.toLowerCase()}`
      : `${at}: add ${verb.toLowerCase()}`;
  }

  placeOfCall(schema: string, name: string): string | null {
    if (Object.hasOwn(this.#config.domains, schema))
      return `contract.roles.${this.#profile}.calls: add ${schema}.${name}`;
    return null;
  }

  #on(schema: string): DeclaredRight[] {
    return this.#rights.filter((right) => right.schema === schema);
  }

  #columns(verb: string, schema: string, name: string): string[] {
    const rights = this.#on(schema).filter(({ kind, object }) => kind === 'column' && object === name);
    return rights.filter(({ privilege }) => privilege === verb).map(({ column }) => column!);
  }

  #isPrivate(schema: string, name: string): boolean {
    return own(this.#config.domains, schema)?.private.includes(name) ?? false;
  }
}

const verbs = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'];
