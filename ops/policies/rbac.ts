import { z } from 'zod';

/** What the console does, by tool and action; a policy names the entitlements of every one. */
const actions = {
  runs: ['read'],
  finops: ['dashboard'],
  privacy: ['dashboard'],
  tool_events: ['append', 'relay'],
  leases: ['read', 'revoke'],
  records: ['read', 'write'],
  erasures: ['read', 'request', 'approve', 'execute'],
} as const;

export type Tool = keyof typeof actions;

/** `tool/action`. */
export type ToolAction = { [T in Tool]: `${T}/${(typeof actions)[T][number]}` }[Tool];

const entitlement = z.string().regex(/^tools\.[a-z_]+\.[a-z_]+$/, 'is not tools.WHAT.SCOPE');
const entitlements = z.array(entitlement);
const holder = z.strictObject({ role: z.string(), workspaces: z.array(z.string().min(1)) });
const toolsOf = (names: readonly string[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, entitlements.min(1)])));

export const rbacSchema = z
  .strictObject({
    tools: z.strictObject(Object.fromEntries(Object.entries(actions).map(([tool, names]) => [tool, toolsOf(names)]))),
    roles: z.record(z.string(), entitlements),
    agents: z.record(z.string(), holder),
    default: holder,
    workspaces: z.record(z.string(), z.strictObject({ databaseFrom: z.string().regex(/^[A-Z][A-Z0-9_]*$/) })),
  })
  .superRefine(({ roles, agents, default: others }, context) => {
    for (const [name, { role }] of Object.entries({ ...agents, default: others })) {
      if (!Object.hasOwn(roles, role)) context.addIssue(`${name} has the role ${role}, which roles does not say`);
    }
  });

type Parsed = z.infer<typeof rbacSchema>;

/** Who may do what through the console. */
export class Rbac {
  readonly #policy: Parsed;

  constructor(policy: Parsed) {
    this.#policy = policy;
  }

  /** The entitlements that an action asks for: all of them. */
  required(action: ToolAction): readonly string[] {
    const [tool, name] = action.split('/') as [Tool, string];
    return this.#policy.tools[tool]![name]!;
  }

  /** An agent's role, what that entitles to, and its workspaces. */
  holder(agent: string): { role: string; entitlements: readonly string[]; workspaces: readonly string[] } {
    const { agents, roles, default: others } = this.#policy;
    const { role, workspaces } = Object.hasOwn(agents, agent) ? agents[agent]! : others;
    return { role, entitlements: roles[role]!, workspaces };
  }

  /** The variable with the URL of a workspace's own login, if it has one. */
  databaseFrom(workspace: string): string | undefined {
    const { workspaces } = this.#policy;
    return Object.hasOwn(workspaces, workspace) ? workspaces[workspace]!.databaseFrom : undefined;
  }
}
