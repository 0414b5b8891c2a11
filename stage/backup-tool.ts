import { join } from 'node:path';
import { execa } from 'execa';

/** A pg_dump that can read a server, and the pg_restore beside it. */
export interface Tool {
  readonly dump: string;
  readonly restore: string;
  readonly version: string;
  readonly major: number;
}

/** The oldest that is not older than the server: each major version reads the servers before it. */
export async function findTool(folders: readonly string[], serverMajor: number): Promise<Tool | string> {
  const found = await toolsIn(folders);
  const fitting = found.filter(({ major }) => major >= serverMajor).toSorted((a, b) => a.major - b.major);
  if (fitting[0]) return fitting[0];
  if (found.length === 0) return `no pg_dump was found in ${folders.join(', ')}`;
  return `the server is Postgres ${serverMajor}, and pg_dump is only ${found.map(({ version }) => version).join(', ')}`;
}

/** Every pg_dump with a pg_restore beside it. */
export async function toolsIn(folders: readonly string[]): Promise<Tool[]> {
  return (await Promise.all(folders.map(toolIn))).filter((tool) => tool !== undefined);
}

async function toolIn(folder: string): Promise<Tool | undefined> {
  const [dump, restore] = [join(folder, 'pg_dump'), join(folder, 'pg_restore')];
  const [asked, other] = await Promise.all(
    [dump, restore].map((program) => execa(program, ['--version'], { reject: false })),
  );
  const version = /(\d+)(?:\.\d+)?/.exec(asked!.stdout ?? '');
  if (asked!.failed || other!.failed || !version) return undefined;
  return { dump, restore, version: version[0], major: Number(version[1]) };
}
