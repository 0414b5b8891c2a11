/** A fault to plant in the rehearsed example, and what the check must say about it. */
export interface PlantedFault {
  /** Completes the sentence "it notices …". */
  readonly fault: string;
  readonly sql: string;
  /** One entry per finding, no more and no fewer: what its object and detail, joined by a colon, begin with. */
  readonly finds: string | readonly string[];
}

/** Planted faults, under the name of the check that must notice them. */
export type PlantedFaults = Readonly<Record<string, readonly PlantedFault[]>>;

/** Row-level security by default would mend or refuse some faults before a check could see them. */
export const unguarded = 'alter event trigger drydock_rls_by_default disable;';
