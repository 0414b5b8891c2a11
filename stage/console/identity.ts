import { createHmac, timingSafeEqual } from 'node:crypto';
import { DrydockError } from '../../ops/errors.ts';
import type { Rbac, ToolAction } from '../../ops/policies/index.ts';
import type { TokenEntry } from './tokens.ts';

/** Who is asking, and what that one may do. */
export interface Caller {
  /** What is counted when there are too many requests: each token by itself. */
  readonly credential: string;
  /** An agent or a person. */
  readonly agent: string;
  readonly role: string;
  readonly entitlements: ReadonlySet<string>;
  /** `['*']` is every workspace. */
  readonly workspaces: readonly string[];
}

export const nobody: Caller = {
  credential: 'none',
  agent: 'unknown',
  role: 'nobody',
  entitlements: new Set(),
  workspaces: [],
};

/** What a request says of itself in the headers that the clients of a gateway send. */
export interface Claims {
  readonly agent: string | undefined;
  readonly workspace: string | undefined;
}

/** The holder of a token: what the policy gives the agent now, narrowed to what the token was made for. */
export function callerOf(rbac: Rbac, token: TokenEntry): Caller {
  const holder = rbac.holder(token.agent);
  const { entitlements: wanted, workspaces } = token;
  return {
    credential: token.id,
    agent: token.agent,
    role: holder.role,
    entitlements: new Set(holder.entitlements.filter((one) => wanted === null || wanted.includes(one))),
    workspaces: workspaces === null ? holder.workspaces : workspaces.filter((one) => mayActIn(holder.workspaces, one)),
  };
}

/** An agent that a trusted proxy names. */
export function proxiedCaller(rbac: Rbac, { agent, workspace }: Claims): Caller {
  const { role, entitlements, workspaces } = rbac.holder(agent!);
  const narrowed = workspace === undefined ? workspaces : [workspace].filter((one) => mayActIn(workspaces, one));
  return {
    ...{ credential: `proxied ${agent}`, agent: agent!, role },
    ...{ entitlements: new Set(entitlements), workspaces: narrowed },
  };
}

/** @throws CONSOLE_IDENTITY when the headers claim to be somebody else than the token says */
export function requireAgreement(caller: Caller, { agent, workspace }: Claims): void {
  if (agent !== undefined && agent !== caller.agent) {
    throw new DrydockError(
      'CONSOLE_IDENTITY',
      `X-Agent-Id does not agree with the token, which is ${caller.agent}'s.`,
      {
        hint: 'Leave the header out, or use a token of that agent.',
      },
    );
  }
  if (workspace !== undefined) requireWorkspace(caller, workspace);
}

/** @throws CONSOLE_FORBIDDEN naming the entitlements that are missing */
export function requireEntitlements(rbac: Rbac, caller: Caller, action: ToolAction): void {
  const missing = rbac.required(action).filter((one) => !caller.entitlements.has(one));
  if (missing.length === 0) return;
  throw new DrydockError('CONSOLE_FORBIDDEN', `${caller.agent} lacks ${missing.join(' and ')}.`, {
    hint: `The role ${caller.role} in ops/policies/rbac.yml, or the token, does not have it.`,
  });
}

/** @throws CONSOLE_WORKSPACE */
export function requireWorkspace({ agent, workspaces }: Caller, workspace: string): void {
  if (mayActIn(workspaces, workspace)) return;
  throw new DrydockError('CONSOLE_WORKSPACE', `${agent} may not act in that workspace.`, {
    hint: 'Its workspaces are in ops/policies/rbac.yml, and in what its token was made for.',
  });
}

export function seesAll({ workspaces }: Caller): boolean {
  return workspaces.includes('*');
}

function mayActIn(workspaces: readonly string[], workspace: string): boolean {
  return workspaces.includes('*') || workspaces.includes(workspace);
}

const toleranceMs = 60_000;

/** What a proxy signs, over one request: the second it was made, the method, the path with its query, agent and workspace. */
export interface Signed extends Claims {
  readonly method: string;
  readonly path: string;
}

/** The header X-Drydock-Signature. @param at seconds since 1970 */
export function proxySignature(key: string, at: number, { method, path, agent, workspace }: Signed): string {
  const text = [at, method, path, agent ?? '', workspace ?? ''].join('\n');
  return `t=${at},v1=${createHmac('sha256', key).update(text).digest('hex')}`;
}

/** Knows a proxy by its signatures; each is good once, and for a minute. */
export class ProxyGate {
  readonly #key: string;
  readonly #seen = new Map<string, number>();

  constructor(key: string) {
    this.#key = key;
  }

  /** @throws CONSOLE_IDENTITY */
  require(signature: string, signed: Signed, now: Date): void {
    const at = Number(/^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(signature)?.[1]);
    const expected = proxySignature(this.#key, at, signed);
    const isTrue =
      signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
    const isFresh = Math.abs(now.getTime() - at * 1_000) <= toleranceMs;
    for (const [old, until] of this.#seen) if (until < now.getTime()) this.#seen.delete(old);
    if (!signed.agent || !isTrue || !isFresh || this.#seen.has(signature)) {
      throw new DrydockError('CONSOLE_IDENTITY', 'The signature of the proxy is not valid for this request.', {
        hint: 'It covers the second, method, path with query, agent and workspace, and is good once, for a minute.',
      });
    }
    this.#seen.set(signature, now.getTime() + 2 * toleranceMs);
  }
}
