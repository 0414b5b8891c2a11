import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';
import { nearest } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { Loan } from './loan.ts';
import type { McpParts } from './parts.ts';
import { refusalOf, statusOf } from './refusals.ts';
import type { Tool } from './tool.ts';
import { tools } from './tools/index.ts';
import { Witness } from './witness.ts';

/** The one way to a tool: known, asked rightly, answered in one document, and written down before it is answered. */
export class Door {
  readonly #parts: McpParts;
  readonly #loan: Loan;
  readonly #witness: Witness;
  readonly #inside = new Set<Promise<unknown>>();

  constructor(parts: McpParts, loan: Loan) {
    this.#parts = parts;
    this.#loan = loan;
    this.#witness = new Witness(parts);
  }

  async call(name: string, given: unknown, signal: AbortSignal): Promise<CallToolResult> {
    const tool = tools.find((known) => known.name === name);
    return this.pass(tool?.name ?? 'unknown', given, async () => {
      const { run, input } = tool ?? refuseUnknown(name);
      return run(parsed(name, input, given), { parts: this.#parts, loan: this.#loan, signal });
    });
  }

  /** Does what was asked for, and keeps an event of it. What goes wrong is an answer too. */
  async pass(action: string, given: unknown, work: () => Promise<object>): Promise<CallToolResult> {
    const passing = this.#pass(action, given, work);
    this.#inside.add(passing);
    return passing.finally(() => this.#inside.delete(passing));
  }

  /** Resolves when nobody is inside any more. */
  async empty(): Promise<void> {
    await Promise.allSettled(this.#inside);
  }

  async #pass(action: string, given: unknown, work: () => Promise<object>): Promise<CallToolResult> {
    const { redactor, note } = this.#parts;
    const end = this.#witness.begin(action, given);
    try {
      const document = await work();
      const text = JSON.stringify(document);
      end('pass', text);
      return answer(document, text);
    } catch (error) {
      const refusal = redactor.redactAll(refusalOf(error));
      const document = { error: refusal };
      const text = JSON.stringify(document);
      end(statusOf(refusal), text);
      if (refusal.code === 'INTERNAL_ERROR')
        note(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { ...answer(document, text), isError: true };
    }
  }
}

/** The document twice, as MCP wants it: for programs, and as text for models. */
function answer(document: object, text: string): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: document as Record<string, unknown> };
}

function refuseUnknown(name: string): never {
  const names = tools.map((tool) => tool.name);
  const like = nearest(name.slice(0, 100), names);
  throw new DrydockError('MCP_TOOL', 'There is no such tool.', {
    hint: like ? `Did you mean ${like}?` : `There are ${names.join(', ')}.`,
  });
}

function parsed(name: string, input: Tool['input'], given: unknown): unknown {
  const { success, data, error } = input.safeParse(given ?? {});
  if (success) return data;
  throw new DrydockError('MCP_ARGUMENTS', `${name} cannot be called like that: ${problemsOf(error)}.`, {
    hint: 'See its input schema.',
  });
}

/** As many of the problems as anybody reads. */
function problemsOf({ issues }: z.ZodError): string {
  const said = issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'it'}: ${message.slice(0, 200)}`);
  return said.join('; ');
}
