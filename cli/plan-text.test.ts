import { describe, expect, it } from 'vitest';
import type { Plan } from '../engine/index.ts';
import { plainPalette } from './palette.ts';
import { describeOrigin, formatPlan } from './plan-text.ts';

const hostile = 'Chan\u001b[7mged\u202e';

const plan: Plan = {
  head: {
    format: 'lockstep-plan',
    version: 2,
    id: 'a',
    kind: 'undo',
    undoes: 12,
    createdAt: '2026-01-31T12:00:00.000Z',
    createdBy: `ana${hostile}`,
    scope: { connector: 'Wiki', entityTypes: ['Staff_Person'] },
    supposed: { dataFolder: '/data' },
  },
  tail: {
    configuration: 'c',
    items: {},
    data: {},
    orders: { count: 1, sha256: 's' },
    hash: 'h',
    systems: [],
    unusual: [{ kind: 'one-value', connector: 'Wiki', message: `Team becomes "${hostile}".` }],
    notes: [`Left out: it is "${hostile}".`],
    waiting: { new: 0, changed: 0, gone: 0 },
  },
};

describe('a plan for people', () => {
  it('lets no value of what it warns of reach the terminal as it is', () => {
    const text = formatPlan(plan, { offset: 0, orders: [], waiting: [] }, plainPalette);

    expect(text).toContain('Team becomes "Chan·[7mged·"');
    expect(text).toContain('Left out: it is "Chan·[7mged·"');
    expect(text).not.toMatch(/[\p{Bidi_Control}]|(?!\n)\p{Cc}/u);
  });

  it('says who made it, and of what', () => {
    expect(describeOrigin(plan.head)).toBe(
      'Made at 2026-01-31T12:00:00.000Z by anaChan·[7mged·. Only orders to Wiki. Only owners of Staff_Person. Supposed were the data of /data.',
    );
  });

  it('says when a page lies behind its end', () => {
    const text = formatPlan(plan, { offset: 20, orders: [], waiting: [] }, plainPalette);

    expect(text).toContain('This page is empty');
  });
});
