import { createRoute, type z } from '@hono/zod-openapi';
import { problem } from './schemas.ts';

const problems = {
  400: 'It is not accepted, and why',
  401: 'No token that is in force',
  403: 'The caller may not',
  404: 'There is no such thing',
  409: 'It is refused as things stand',
  422: 'What is kept of it cannot be read',
  429: 'Too many requests',
  503: 'What answers this cannot be reached',
};

/** An answer in JSON. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** What a request brings, in JSON. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { body: { required: true, content: { 'application/json': { schema } } } };
}

/** A route with the problems that every route may answer with. */
export const problemResponses = Object.fromEntries(
  Object.entries(problems).map(([status, description]) => [status, json(problem, description)]),
);

export { createRoute };
