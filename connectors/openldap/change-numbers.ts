/**
 * Which changes a cookie of slapd covers. An entry keeps the number of its last change, `YYYYMMDDhhmmss.uuuuuuZ#count#server#part`, whose
 * order as text is that of time; a cookie has the last number of every server, as `rid=000,csn=<number>;<number>`.
 */
import { subtractMargin } from '../spi/directory/entries/changes-by-time.ts';
import { atLeast } from '../spi/directory/session/filter.ts';

/** Attribute of an entry that holds the number of its last change. */
export const changeNumberAttribute = 'entryCSN';

const serverPattern = /^\d{14}\.\d{6}Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}$/i;

export interface Coverage {
  /** Matches every entry that the cookie may not cover, and a few that it does. */
  readonly filter: ReturnType<typeof atLeast>;
  covers(changeNumber: string): boolean;
}

/** `undefined` for a cookie without numbers. */
export function readCoverage(cookie: Buffer): Coverage | undefined {
  const list = /(?:^|,)csn=([^,]+)/.exec(cookie.toString('latin1'))?.[1]?.split(';') ?? [];
  const latest = new Map<string, string>();
  for (const number of list) {
    const server = readServer(number);
    if (server === undefined) return undefined;
    latest.set(server, number);
  }
  const sorted = [...latest.values()].sort();
  const [oldest, newest] = [sorted[0], sorted.at(-1)];
  if (oldest === undefined || newest === undefined) return undefined;
  // Of several servers one may have changed nothing for years: no more than minutes are looked through again.
  const [, from] = [oldest, subtractMargin(newest) ?? newest].sort();
  return {
    filter: atLeast(changeNumberAttribute, from ?? newest),
    covers(changeNumber) {
      const covered = latest.get(readServer(changeNumber) ?? '');
      return covered !== undefined && changeNumber <= covered;
    },
  };
}

function readServer(changeNumber: string): string | undefined {
  return serverPattern.exec(changeNumber)?.[1]?.toLowerCase();
}
