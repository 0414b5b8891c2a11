import { sum } from './cost.ts';

/** Who collects tool events: a directory of a machine, by its name in the ledger. */
export interface Service {
  readonly name: string;
  /** That it collected in a window. */
  readonly events: number;
}

export interface ServiceFinding {
  readonly level: 'error' | 'warning';
  readonly what: 'undeclared service' | 'silent service';
  readonly service: string;
  readonly events: number;
}

/** Services against the policy; null when there is nothing to compare. */
export type ServiceReport = { readonly examined: number; readonly findings: readonly ServiceFinding[] } | null;

/**
 * One that nobody declared may be a gateway past which somebody went; one that is silent may have lost its events.
 * @param declared machines, or single directories of them; none at all is no declaration
 */
export function againstServices(found: readonly Service[] | undefined, declared: readonly string[]): ServiceReport {
  if (!found || declared.length === 0) return null;
  const isOf = (name: string) => (service: Service) => service.name === name || hostOf(service) === name;
  const undeclared = found.filter((service) => !declared.some((name) => isOf(name)(service)));
  const silent = declared.filter((name) => sum(found.filter(isOf(name)), ({ events }) => events) === 0);
  return {
    examined: declared.length + undeclared.length,
    findings: [
      ...undeclared.map(({ name, events }) => finding('error', 'undeclared service', name, events)),
      ...silent.map((name) => finding('warning', 'silent service', name, 0)),
    ],
  };
}

/** The name of a directory is that of its host, and four bytes. */
function hostOf({ name }: Service): string {
  return name.replace(/-[0-9a-f]{8}$/, '');
}

function finding(
  level: ServiceFinding['level'],
  what: ServiceFinding['what'],
  service: string,
  events: number,
): ServiceFinding {
  return { level, what, service, events };
}
