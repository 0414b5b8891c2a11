/**
 * What a table of values says of a name that is somebody else's. Tables and columns are called `constructor` or `toString`
 * too, which every object answers to.
 */
export function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
