import { test as base } from 'vitest';
import { RecordDatabase } from './records.ts';
import { Staging } from './staging.ts';

/** A test that gets, when it asks for them, the server of its file and a database of its own with the audit record. */
export const test = base
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await Staging.start();
    onCleanup(() => server[Symbol.asyncDispose]());
    return server;
  })
  .extend('database', async ({ server }, { onCleanup }) => {
    const database = await RecordDatabase.make(server);
    onCleanup(() => database[Symbol.asyncDispose]());
    return database;
  });
