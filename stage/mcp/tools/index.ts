import type { Tool } from '../tool.ts';
import { describe } from './describe.ts';
import { explainDenial } from './explain-denial.ts';
import { leaseClose, leaseStatus } from './lease.ts';
import { plan } from './plan.ts';
import { query } from './query.ts';
import { check, runStep } from './steps.ts';

/** What an agent can call. None of them grants anything. */
export const tools: readonly Tool[] = [
  describe, // what there is, what I may
  query, // one statement
  plan, // what it would cost
  check, // every check
  runStep, // backfill, hydrate, ingest, isolate
  explainDenial, // what is missing when the server says no
  leaseStatus, // until when
  leaseClose, // done
];
