import { describe, expect, it } from 'vitest';
import { findings } from './load-fixture.ts';

function told(schedule: string): readonly string[] {
  return findings(`<Job Identifier="J" DisplayName_L1="J" CronTabExpression="${schedule}" />`)
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
}

describe('schedules', () => {
  it.each([
    '30 2 * * *',
    '0 30 2 * * 1-5',
    '*/15 0-6,22 1 JAN-MAR,12 MON#1',
    '0 0 L * ?',
    '0 0 15W 6 7',
  ])('like "%s" are read', (schedule) => {
    expect(told(schedule)).toEqual([]);
  });

  it.each([
    ['0 25 * * *', '"25" is no hour, which is a number from 0 to 23.'],
    ['0 0 25 * * *', '"25" is no hour, which is a number from 0 to 23.'],
    ['61 2 * * *', '"61" is no minute, which is a number from 0 to 59.'],
    ['0 2 * 1-13 *', '"1-13" is no month, which is a number from 1 to 12.'],
    ['0 2 0 * *', '"0" is no day, which is a number from 1 to 31.'],
    ['0 2 * * 8', '"8" is no weekday, which is a number from 0 to 7.'],
    ['0 2 * *', '"0 2 * *" is not a schedule.'],
    ['0 2 30 2 *', '"0 2 30 2 *" is a day that never comes.'],
  ])('like "%s" are refused', (schedule, message) => {
    expect(told(schedule)).toEqual([message]);
  });
});
