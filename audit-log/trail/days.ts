import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import { isDayOf } from './format.ts';
import { parseDay } from './parse.ts';
import type { Day } from './parse.ts';

/** The day files of a trail, or of a chain of its own beside it, oldest first. */
export async function listDays(directory: string, chain?: string): Promise<string[]> {
  const names = await readable(directory, readdir(directory));
  return names.filter((name) => isDayOf(name, chain)).sort();
}

/** One day of a trail. */
export async function readDay(directory: string, file: string): Promise<{ bytes: Buffer; day: Day }> {
  const path = join(directory, file);
  const bytes = await readable(path, readFile(path));
  return { bytes, day: parseDay(file, bytes) };
}

/** All days of a trail, oldest first. */
export async function readDays(directory: string, chain?: string): Promise<Day[]> {
  const days: Day[] = [];
  for (const file of await listDays(directory, chain)) days.push((await readDay(directory, file)).day);
  return days;
}

async function readable<Content>(path: string, content: Promise<Content>): Promise<Content> {
  try {
    return await content;
  } catch (error) {
    throw new DrydockError('TRAIL_UNREADABLE', `Cannot read the audit trail at ${path}: ${messageOf(error)}.`, {
      hint: 'Name the folder that holds the YYYY-MM-DD.md files, and make it readable for this user.',
      cause: error,
    });
  }
}
