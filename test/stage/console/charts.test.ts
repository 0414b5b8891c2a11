import { expect, test } from 'vitest';
import { columnChart } from '../../../stage/console/pages/charts.ts';

const labelsOf = (names: readonly string[]) => {
  const columns = names.map((label) => ({ label, parts: [{ kind: 'whole', value: 1 }], title: label }));
  return [...columnChart('A chart', columns).text.matchAll(/<text x="[^"]+" y="184">([^<]+)</g)].map(
    ([, name]) => name,
  );
};
const hours = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);
const days = (first: number, count: number) =>
  [first, ...Array.from({ length: count }, () => 12)].flatMap((columns, day) => Array(columns).fill(`day ${day}`));

test('a chart of hours has a label for every third', () => {
  expect(labelsOf(hours)).toEqual(['00:00', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00']);
});

test('a chart of days has one label for each, where it begins', () => {
  expect(labelsOf(days(8, 3))).toEqual(['day 0', 'day 1', 'day 2', 'day 3']);
});

test('the label of a day of which little is left gives way to the next', () => {
  expect(labelsOf(days(1, 3))).toEqual(['day 1', 'day 2', 'day 3']);
});

test('a chart of one column has its label', () => {
  expect(labelsOf(['now'])).toEqual(['now']);
});
