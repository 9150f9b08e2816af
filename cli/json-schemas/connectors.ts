/** Outputs of commands about packages. */
import { choice, count, flag, list, nonNegative, nullable, object, text } from './parts.ts';

export const connectorOutputs = {
  'connector list': object({
    packages: list(
      object({
        ids: list(text),
        displayName: text,
        folder: text,
        abilities: list(choice('export', 'changes', 'fulfil', 'tickets')),
        testedAgainst: nullable(text),
        sample: nullable(text),
      }),
    ),
  }),
  'connector test': object({
    name: nullable(text),
    folder: nullable(text),
    status: choice('passed', 'failed', 'listed'),
    counts: object({ passed: count, failed: count, unprepared: count, skipped: count }),
    cases: list(
      object({
        id: text,
        area: text,
        states: text,
        isLarge: flag,
        status: choice('passed', 'failed', 'unprepared', 'skipped', 'listed'),
        reason: nullable(text),
        failure: nullable(object({ message: text, expected: nullable(text), got: nullable(text) })),
        durationMs: nonNegative,
      }),
    ),
  }),
};
