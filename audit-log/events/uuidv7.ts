import { randomFillSync } from 'node:crypto';

/** Random bytes are cheap by the page and dear by the dozen. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits. Sorts by time. */
export function uuidv7(at: Date): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const time = at.getTime().toString(16).padStart(12, '0');
  pool[used] = 0x70 | (pool[used]! & 0x0f);
  pool[used + 2] = 0x80 | (pool[used + 2]! & 0x3f);
  const random = pool.toString('hex', used, used + 10);
  used += 10;
  return `${time.slice(0, 8)}-${time.slice(8)}-${random.slice(0, 4)}-${random.slice(4, 8)}-${random.slice(8)}`;
}
