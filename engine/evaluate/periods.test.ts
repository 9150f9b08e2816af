import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSeconds,
  covers,
  intersectPeriods,
  mergePeriods,
  type Period,
  parseInstant,
  readEnd,
  readStart,
  subtractPeriods,
  windowOf,
} from './periods.ts';

const period = (startDate: string | null, endDate: string | null): Period => ({
  startDate,
  endDate,
});
const day = (number: number): string => `202501${String(number).padStart(2, '0')}000000`;
const edge = fc.option(fc.integer({ min: 1, max: 28 }).map(day));
const periods = fc.array(
  fc.tuple(edge, edge).map(([start, end]) => period(start, end)),
  { maxLength: 5 },
);
const instant = fc.integer({ min: 1, max: 28 }).map(day);
const isCovered = (list: readonly Period[], at: string): boolean =>
  list.some((one) => covers(one, at));

describe('periods', () => {
  it('become one when they overlap or touch', () => {
    expect(
      mergePeriods([period(day(5), day(9)), period(day(1), day(5)), period(day(11), null)]),
    ).toEqual([period(day(1), day(9)), period(day(11), null)]);
  });

  it('that end where they start, or before, hold nothing', () => {
    expect(mergePeriods([period(day(5), day(5)), period(day(9), day(2))])).toEqual([]);
  });

  it('merge, intersect and subtract like sets of instants', () => {
    fc.assert(
      fc.property(periods, periods, instant, (left, right, at) => {
        const inLeft = isCovered(left, at);
        const inRight = isCovered(right, at);

        expect(isCovered(mergePeriods(left), at)).toBe(inLeft);
        expect(isCovered(intersectPeriods(left, right), at)).toBe(inLeft && inRight);
        expect(isCovered(subtractPeriods(left, right), at)).toBe(inLeft && !inRight);
      }),
    );
  });

  it('do not depend on the order they are given in', () => {
    fc.assert(
      fc.property(periods, (list) => {
        expect(mergePeriods(list.toReversed())).toEqual(mergePeriods(list));
      }),
    );
  });
});

describe('dates', () => {
  it.each(['2025', '20250230000000', '20250101240000', '2025010100000x', ''])(
    'refuse %j',
    (text) => {
      expect(parseInstant(text)).toBeNull();
    },
  );

  it('read years before 1000 as they are', () => {
    expect(addSeconds('00990101000000', 1)).toBe('00990101000001');
  });

  it('move over the ends of months and stay within the calendar', () => {
    expect(addSeconds('20250228235959', 1)).toBe('20250301000000');
    expect(addSeconds('99991231235959', 60)).toBe('99991231235959');
    expect(addSeconds('00010101000000', -60)).toBe('00010101000000');
  });

  it('beyond the last one mean still, at an end only', () => {
    expect(readEnd('99991231000000')).toBeNull();
    expect(readEnd('20790606000000')).toBeNull();
    expect(readEnd('20790605235959')).toBe('20790605235959');
    expect(readStart('99991231000000')).toBe('99991231000000');
    expect(readStart('19000101000000')).toBeNull();
  });
});

describe('time offsets', () => {
  const contract = period('20250301000000', '20250831000000');

  it('count both numbers from the start, from the end, or one from each', () => {
    const offset = { beforeMinutes: -20160, afterMinutes: 0 };

    expect(windowOf({ reference: 'Before', ...offset }, contract)).toEqual(
      period('20250215000000', '20250301000000'),
    );
    expect(windowOf({ reference: 'Around', ...offset }, contract)).toEqual(
      period('20250215000000', '20250831000000'),
    );
    expect(
      windowOf({ reference: 'After', beforeMinutes: 0, afterMinutes: 129_600 }, contract),
    ).toEqual(period('20250831000000', '20251129000000'));
    expect(windowOf({ reference: 'Default', ...offset }, contract)).toEqual(contract);
  });

  it('never come before a start or after an end that does not exist', () => {
    const offset = { beforeMinutes: -60, afterMinutes: 60 };

    expect(windowOf({ reference: 'Before', ...offset }, period(null, null))).toBeNull();
    expect(windowOf({ reference: 'After', ...offset }, period(null, null))).toBeNull();
    expect(windowOf({ reference: 'Around', ...offset }, period(null, null))).toEqual(
      period(null, null),
    );
  });
});
