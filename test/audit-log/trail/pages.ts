import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chained, contentOf } from '../../../audit-log/trail/format.ts';
import { verifyTrail } from '../../../audit-log/trail/index.ts';
import { table } from '../../../ops/markdown.ts';
import type { TrailReport } from '../../../audit-log/trail/index.ts';
import { temporaryTrail } from './support.ts';

/** A day file taken apart, so that a test can do to it what a forger would. */
export interface DayPage {
  file: string;
  title: string;
  /** Each entry with its chain line. */
  blocks: string[];
}

export interface Written {
  number: number;
  heading: string;
  sha256: string;
  prev: string;
  file: string;
  /** Index of its day and of its block in that day. */
  day: number;
  block: number;
}

export const days = 3;
export const entriesPerDay = 3;

/** A trail of three days with three entries each, numbered from 1. */
export async function writeTrail(origin = 'home'): Promise<{ pages: DayPage[]; entries: Written[] }> {
  await using trail = await temporaryTrail();
  const [pages, entries]: [DayPage[], Written[]] = [[], []];
  for (let day = 0; day < days; day += 1) {
    for (let block = 0; block < entriesPerDay; block += 1) {
      const number = day * entriesPerDay + block + 1;
      const body = `From ${origin}.\n\n### Steps\n\n${table(['step', 'rows'], [['bäckfill | <b>', number]])}`;
      entries.push({
        ...(await trail.append(`Close-Out ${number}`, body, `2025-09-2${day + 2}T12:00:00Z`)),
        day,
        block,
      });
    }
    pages.push(takeApart(entries.at(-1)!.file, await trail.read(entries.at(-1)!.file)));
  }
  return { pages, entries };
}

export function textOf(page: DayPage): string {
  return page.title + page.blocks.join('');
}

/** Writes the pages to a folder of their own and verifies that. */
export async function verifyPages(pages: readonly DayPage[], head?: string | number): Promise<TrailReport> {
  return verifyFiles(new Map(pages.map((page) => [page.file, textOf(page)])), head);
}

export async function verifyFiles(files: Map<string, string | Buffer>, head?: string | number): Promise<TrailReport> {
  const directory = await mkdtemp(join(tmpdir(), 'drydock-forged-'));
  try {
    for (const [file, content] of files) await writeFile(join(directory, file), content);
    return await verifyTrail(directory, head === undefined ? {} : { head });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** An entry by a forger who knows how to hash, with its own sha256. */
export function forge(position: { number: number; day: string; prev: string }, heading: string, body: string): string {
  return chained(position, contentOf(heading, body).content).toString();
}

/** A copy of the pages after something was done to them. */
export function altered(pages: readonly DayPage[], alter: (copy: DayPage[]) => void): DayPage[] {
  const copy = structuredClone(pages) as DayPage[];
  alter(copy);
  return copy;
}

function takeApart(file: string, text: string): DayPage {
  const [first = '', ...rest] = text.split(/(?<= -->\n)/);
  const titleEnd = first.indexOf('\n\n') + 1;
  return { file, title: first.slice(0, titleEnd), blocks: [first.slice(titleEnd), ...rest] };
}
