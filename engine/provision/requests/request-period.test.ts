import { describe, expect, it } from 'vitest';
import type { EndDateLock } from '../../../config/index.ts';
import { requestPeriod } from './request-period.ts';

const now = '20250615120000';
const span = { startDate: '20250101000000', endDate: '20260101000000' };

const settings = (
  endDateLock: EndDateLock = 'ExplicitNotContextBoundByDefault',
  maxDurationMinutes = 0,
) => ({ endDateLock, maxDurationMinutes });
const period = (
  start: string | null,
  end: string | null,
  own = settings(),
  within: typeof span | { readonly startDate: null; readonly endDate: null } = span,
) => requestPeriod(own, { start, end }, within, now);

describe('the period of a request', () => {
  it('without dates is the whole of the records', () => {
    expect(period(null, null)).toEqual(span);
  });

  it('follows the records where the end is bound to them', () => {
    const bound = settings('ExplicitContextBoundByDefault');

    expect(period(null, null, bound)).toEqual({ ...span, endDate: null });
    expect(period(null, '20250801000000', bound).endDate).toBe('20250801000000');
  });

  it('is cut to the records', () => {
    expect(period('20250701000000', '20270101000000')).toEqual({
      startDate: '20250701000000',
      endDate: span.endDate,
    });
  });

  it('ends after the longest duration, unless an earlier end exists', () => {
    const day = settings('ExplicitNotContextBoundByDefault', 1440);

    expect(period(null, null, day).endDate).toBe('20250616120000');
    expect(period('20250701000000', null, day).endDate).toBe('20250702000000');
    expect(period(null, '20250616000000', day).endDate).toBe('20250616000000');
    expect(period(null, null, settings('Always', 1440)).endDate).toBe('20250616120000');
  });

  it('has no end where the records have none', () => {
    const forever = { startDate: null, endDate: null };

    expect(period(null, null, settings(), forever)).toEqual(forever);
  });

  it('may begin today', () => {
    expect(period('20250615000000', null).startDate).toBe('20250615000000');
  });

  it.each([
    ['a past day', '20250614000000', null, 'REQUEST_DATES_INVALID'],
    ['an end before the start', '20250801000000', '20250701000000', 'REQUEST_DATES_INVALID'],
    ['an end that has passed', null, '20250601000000', 'REQUEST_DATES_INVALID'],
    ['a start after the records', '20260201000000', null, 'REQUEST_DATES_INVALID'],
  ])('is refused for %s', (_, start, end, code) => {
    expect(() => period(start, end)).toThrow(expect.objectContaining({ code }));
  });

  it('needs an end where that must be typed, and takes none where it is locked', () => {
    expect(() => period(null, null, settings('Never'))).toThrow(
      expect.objectContaining({ code: 'REQUEST_END_REQUIRED' }),
    );
    expect(() => period(null, '20250801000000', settings('Always'))).toThrow(
      expect.objectContaining({ code: 'REQUEST_END_LOCKED' }),
    );
  });
});
