import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorsRunbook } from '../../ops/builtin.ts';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { rightsInWords } from '../leases/index.ts';
import { isPromotionReport } from '../run-id.ts';
import type { McpParts } from './parts.ts';

interface Contents {
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
}

/** What an agent can read without asking the database. */
export class Shelf {
  readonly resources = [
    resource('contract', 'Contract', 'application/json', 'who may do what in which domain, and what your profile may'),
    resource('report/last', 'Report of the last run', 'application/json', 'steps, gates, measurements, findings'),
    resource('errors', 'Runbook of errors', 'text/markdown', 'what every error code means'),
  ];
  readonly templates = [
    {
      ...{ uriTemplate: `${scheme}errors/{code}`, name: 'error', title: 'One error code' },
      ...{ mimeType: 'text/markdown', description: 'what it means and what to do, by the code of an answer' },
    },
  ];
  readonly #parts: McpParts;

  constructor(parts: McpParts) {
    this.#parts = parts;
  }

  /** Our name for a resource; a code that is asked for is the client's own word. */
  nameOf(uri: string): string {
    const known = this.resources.find((one) => one.uri === uri);
    if (known) return known.name;
    return uri.startsWith(`${scheme}errors/`) ? 'error' : 'unknown';
  }

  /** @throws MCP_RESOURCE */
  async read(uri: string): Promise<{ contents: Contents[] }> {
    const { text, mimeType } = await this.#find(uri);
    return { contents: [{ uri, mimeType, text }] };
  }

  async #find(uri: string): Promise<Omit<Contents, 'uri'>> {
    const path = uri.startsWith(scheme) ? uri.slice(scheme.length) : '';
    if (path === 'contract') return { mimeType: 'application/json', text: this.#contract() };
    if (path === 'report/last') return { mimeType: 'application/json', text: await this.#lastReport() };
    if (path === 'errors') return { mimeType: 'text/markdown', text: await readFile(errorsRunbook, 'utf8') };
    if (path.startsWith('errors/')) return { mimeType: 'text/markdown', text: await errorEntry(path.slice(7)) };
    throw new DrydockError('MCP_RESOURCE', 'There is no such resource.', {
      hint: `There are ${this.resources.map((one) => one.uri).join(', ')}, and ${scheme}errors/CODE.`,
    });
  }

  #contract(): string {
    const { project, lease } = this.#parts;
    const { domains, contract } = project.config;
    const mine = { profile: lease.profile, ...rightsInWords(project.config, lease.profile) };
    return JSON.stringify({ mine, domains, contract }, null, 2);
  }

  /** Runs are named by their time. */
  async #lastReport(): Promise<string> {
    const { evidence } = this.#parts;
    const there = await readdir(evidence).catch(nothingYet);
    const last = there
      .filter((file) => /^[\w-]+\.json$/.test(file) && !isPromotionReport(file))
      .sort()
      .at(-1);
    if (last) return readFile(join(evidence, last), 'utf8');
    throw new DrydockError('MCP_RESOURCE', 'No run has left a report yet.', {
      hint: 'The operator runs "drydock run".',
    });
  }
}

const scheme = 'drydock://';

function resource(path: string, title: string, mimeType: string, description: string) {
  return { uri: `${scheme}${path}`, name: path.replace('/', '-'), title, mimeType, description };
}

async function errorEntry(code: string): Promise<string> {
  const entries = (await readFile(errorsRunbook, 'utf8')).split(/^(?=## )/m);
  const entry = entries.find((text) => text.startsWith(`## ${code}\n`));
  if (entry) return entry;
  throw new DrydockError('MCP_RESOURCE', 'The runbook of errors does not know this code.', {
    hint: 'Five letters and digits are an SQLSTATE of Postgres: explain_denial says what those mean here.',
  });
}

function nothingYet(error: unknown): string[] {
  if (codeOf(error) !== 'ENOENT') throw error;
  return [];
}
