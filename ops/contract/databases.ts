/** The databases that Drydock makes beside a staging. Nobody can log in to any of them. */
export interface Besides {
  /** The copy that clones are made from. */
  readonly template: string;
  /** A template that is being made, until it takes the place of the one before. */
  readonly next: string;
  /** A copy of the template that is ready to take the staging's place. */
  readonly warm: string;
  /** The staging whose place was taken, until it is dropped. */
  readonly old: string;
  /** What was promoted already, with generated rows: new migrations are measured against it. */
  readonly baseline: string;
  /** A copy of the baseline, with the new migrations. */
  readonly candidate: string;
}

export function besides(database: string): Besides {
  return {
    template: `${database}_template`,
    next: `${database}_next`,
    warm: `${database}_warm`,
    old: `${database}_old`,
    baseline: `${database}_baseline`,
    candidate: `${database}_candidate`,
  };
}

/** The clone of that name. Its database begins with the staging's name, so that it is seen whose it is. */
export function cloneOf(database: string, name: string): string {
  return `${database}_${name}`;
}
