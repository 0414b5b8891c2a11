import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Project } from '../ops/config/index.ts';
import { codeOf } from '../ops/errors.ts';
import { canonicalJson, sha256 } from '../ops/evidence.ts';
import { readSqlFolder } from '../ops/postgres/index.ts';
import { loadMigrations } from './migrations.ts';

/** What a run was about, each part as one sha256. What it showed holds for these and for nothing else. */
export interface Inputs {
  /** The migrations: their paths, owners and bytes, in order. */
  readonly migrations: string;
  /** Domains and contract. */
  readonly contract: string;
  /** The bytes of drydock.yaml, and of the file that says whose signature is whose. */
  readonly configuration: string;
  /** Backfills, link rules, ingest, workload and the project's checks: their paths and bytes. */
  readonly scripts: string;
}

/** Reads the inputs of a project as they are now. */
export async function inputsOf(project: Project): Promise<Inputs> {
  const { domains, contract } = project.config;
  const migrations = await loadMigrations(project);
  return {
    migrations: hashOf(migrations.map(({ file, as }) => [file.path, as, file.sha256])),
    contract: hashOf({ domains, contract }),
    configuration: hashOf({ project: project.sha256, signers: await signersSha256(project) }),
    scripts: hashOf(await scriptsOf(project)),
  };
}

async function scriptsOf({ root, config }: Project): Promise<[path: string, sha256: string][]> {
  const { backfills, hydrate, ingest, checks } = config;
  const folders = [backfills.folder, hydrate?.folder, ingest?.folder, ...checks.folders].filter(
    (folder) => folder !== undefined,
  );
  const files = await Promise.all(folders.map((folder) => readSqlFolder(root, join(root, folder))));
  return files.flat().map((file) => [file.path, file.sha256]);
}

async function signersSha256({ root, config }: Project): Promise<string | null> {
  try {
    return sha256(await readFile(resolve(root, config.signOffs.signers)));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
