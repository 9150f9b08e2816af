/** Guards: when a source is not believed. Elements of our own. */
import { choice, integer, optionalInteger, requiredReference, text } from './attribute.ts';
import { defineElement } from './element.ts';

const action = {
  members: [
    ['Block', 0],
    ['Warn', 1],
    ['Ignore', 2],
  ],
  aliases: {},
} as const;

export const sourceGuard = defineElement({
  name: 'ls:SourceGuard',
  doc: 'When what a connector reads is not believed. Every source is guarded without it; this element changes the limits. What a guard holds is prepared with `--force` after a look.',
  key: ['Connector', 'ConnectionTable'],
  attributes: [
    requiredReference('Connector', 'Connector', 'Connector whose readings are guarded.'),
    text(
      'ConnectionTable',
      'Only this table, as mappings name it; takes the place of a guard for the whole connector.',
    ),
    integer(
      'MinimumRows',
      'Fewest rows a complete reading of a table may have; 0 switches the limit off. A table that had rows and has none is held all the same.',
      0,
      { minimum: 0 },
    ),
    integer(
      'MaxShrinkPercent',
      'Most of the known rows, in percent, that a complete reading may lack; tables with fewer than 20 known rows may shrink as they like. 100 switches the limit off.',
      50,
      { minimum: 0, maximum: 100 },
    ),
    integer(
      'MaxNullKeyPercent',
      'Most rows, in percent, that may have no key; 100 switches the limit off.',
      50,
      { minimum: 0, maximum: 100 },
    ),
    choice(
      'DriftAction',
      action,
      'What happens when columns hold something else than before, or write it in another way: `Block` holds the reading, `Warn` says it and goes on, `Ignore` does not look.',
      'Block',
    ),
    choice(
      'OldSourceAction',
      action,
      'What happens when a file is older than the one that has been loaded, or has the content of an earlier reading.',
      'Block',
    ),
    optionalInteger(
      'StaleAfterHours',
      'Most hours that may have passed since a source file was written; no limit unless stated.',
      'used',
      { minimum: 1 },
    ),
  ],
});

export const guardElements = [sourceGuard] as const;
