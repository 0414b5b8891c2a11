import pg from 'pg';

const int8 = 20;
const numeric = 1700;
const textTypes = new Set([1082, 1114, 1184]); // date, timestamp, timestamptz

/** How values of a type are read: big integers as numbers, dates and timestamps as the text that the server writes. */
export function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === int8 || oid === numeric) return Number;
  if (textTypes.has(oid)) return String;
  return pg.types.getTypeParser(oid, format);
}
