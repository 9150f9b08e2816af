/** What lists of things to decide, and decisions about many of them, are narrowed by. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Model } from '../config/index.ts';
import type { ItemFilter } from '../engine/index.ts';
import { parseLimit } from './command-line.ts';
import { findResourceType, findTargetProperty } from './known-names.ts';

export interface FilterOptions {
  readonly resourceType?: string;
  readonly property?: string;
  readonly value?: { readonly property: string; readonly text: string };
  readonly proposed?: string;
  readonly current?: string;
  readonly owner?: string;
  readonly confidence?: { readonly from: number; readonly to: number };
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly newerThan?: number;
}

/** `*` stands for any text. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--resource-type <id>', 'only of this resource type')
    .option('--property <name>', 'only values of this property')
    .option(
      '--value <property=text>',
      'only what would write this: changes, and resources created with it',
      parseValue,
    )
    .option('--proposed <text>', 'only where this is proposed; * stands for any text')
    .option('--current <text>', 'only where the system holds this; "" for nothing')
    .option('--owner <text>', 'only of owners with this key or name; * stands for any text')
    .option('--confidence <percent>', 'only with this confidence: 80, or 50-80', parseRange)
    .option('--older-than <age>', 'only what has waited so long: 12h, 3d, 2w', parseAge)
    .option('--newer-than <age>', 'only what came since: 12h, 3d, 2w', parseAge);
}

export interface PageOptions<A> {
  readonly limit: number;
  readonly after?: A;
}

const defaultLimit = 1_000;

export function addPageOptions<A>(command: Command, parseAfter: (text: string) => A): Command {
  return command
    .option('--limit <count>', 'at most so many', parseLimit, defaultLimit)
    .option('--after <place>', 'go on where a page ended', parseAfter);
}

/** Names are checked, ages become times. */
export function toItemFilter(model: Model, options: FilterOptions, now: number): ItemFilter {
  const { proposed, current, owner, confidence, olderThan, newerThan } = options;
  const resourceType =
    options.resourceType === undefined ? undefined : findResourceType(model, options.resourceType);
  const spell = (name: string): string => findTargetProperty(model, name, resourceType);
  const property = options.property === undefined ? undefined : spell(options.property);
  const value =
    options.value === undefined
      ? undefined
      : { property: spell(options.value.property), text: options.value.text };
  const before = olderThan === undefined ? {} : { until: toTime(now - olderThan) };
  const after = newerThan === undefined ? {} : { from: toTime(now - newerThan) };
  const hasAge = olderThan !== undefined || newerThan !== undefined;
  return {
    ...(resourceType === undefined ? {} : { resourceType }),
    ...(property === undefined ? {} : { property }),
    ...(value === undefined ? {} : { value }),
    ...(proposed === undefined ? {} : { proposed }),
    ...(current === undefined ? {} : { current }),
    ...(owner === undefined ? {} : { owner }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(hasAge ? { since: { ...before, ...after } } : {}),
  };
}

/** Whether anything but a property narrows the decision: a property alone says what of an item, not of which. */
export function isNarrowed(options: FilterOptions): boolean {
  const { resourceType, value, proposed, current, owner, confidence } = options;
  const { olderThan, newerThan } = options;
  const given = [resourceType, value, proposed, current, owner, confidence, olderThan, newerThan];
  return given.some((option) => option !== undefined);
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function parseValue(text: string): { property: string; text: string } {
  const end = text.indexOf('=');
  if (end > 0) return { property: text.slice(0, end), text: text.slice(end + 1) };
  throw new InvalidArgumentError('It must be a property and a text, as Team=Sales.');
}

function parseRange(text: string): { from: number; to: number } {
  const match = /^(\d{1,3})(?:-(\d{1,3}))?$/u.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match !== null && from <= to) return { from, to };
  throw new InvalidArgumentError('It must be a percentage or a range, as 80 or 50-80.');
}

const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Milliseconds of a number of hours, days or weeks. Throws commander's error. */
export function parseAge(text: string): number {
  const [, number, unit = ''] = /^(\d{1,4})([hdw])$/u.exec(text) ?? [];
  const ms = unitMs[unit];
  if (number !== undefined && ms !== undefined) return Number(number) * ms;
  throw new InvalidArgumentError('It must be a number of hours, days or weeks, as 12h, 3d or 2w.');
}
