/** The expressions that are timed, each with the function a programmer would write for it: same nulls, same culture. */
import type { ResourceView } from '../config/index.ts';

export interface Hand {
  readonly name: string;
  readonly expression: string;
  readonly binding?: string;
  readonly type?: 'String' | 'Int32' | 'DateTime' | 'Bool';
  /** `now` in the internal form. */
  readonly write: (person: ResourceView, now: string) => string | null;
}

const orNull = (text: string): string | null => (text === '' ? null : text);

const ascii = /^[\0-\x7f]*$/;

/** Case as the invariant culture has it: letter by letter, never changing the length. */
function lower(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  let result = '';
  for (const letter of text) {
    const changed = letter.toLowerCase();
    result += changed.length === letter.length ? changed : letter;
  }
  return result;
}

function upper(text: string): string {
  if (ascii.test(text)) return text.toUpperCase();
  let result = '';
  for (const letter of text) {
    const changed = letter.toUpperCase();
    result += changed.length === letter.length ? changed : letter;
  }
  return result;
}

/** A stored number; anything else is an error. */
function readNumber(text: string | null): number | null {
  if (text === null || text === '') return null;
  return checkedInt(Number(text));
}

/** A whole number of 32 bits; a fraction, NaN and overflow are errors. */
function checkedInt(number: number): number {
  if ((number | 0) !== number) throw new Error('A whole number of 32 bits is expected.');
  return number;
}

/** At least so many digits. */
function padNumber(number: number | null, digits: number): string {
  if (number === null) return '';
  const text = String(Math.abs(number)).padStart(digits, '0');
  return number < 0 ? `-${text}` : text;
}

function countryOf(site: string | null): string {
  switch (site) {
    case null:
      return 'none';
    case 'Paris':
    case 'Lyon':
    case 'Nice':
      return 'FR';
    case 'Oslo':
    case 'Bergen':
      return 'NO';
    case 'Berlin':
      return 'DE';
    default:
      return 'other';
  }
}

function sizeOf(number: number | null): string {
  if (number === null) return 'none';
  if (number < 100) return 'S';
  if (number < 300) return 'M';
  return number < 700 ? 'L' : 'XL';
}

/** The earliest job that has not ended, by title where several begin on one day. */
function jobInForce(person: ResourceView, now: string): string | null {
  const moment = readMoment(now);
  const [first] = person
    .many('Contracts')
    .filter((contract) => {
      const end = contract.scalar('End');
      return end === null || readMoment(end) > moment;
    })
    .map((contract) => contract.scalar('JobTitle'))
    .sort(compareTexts);
  return first ?? 'none';
}

/** Null comes first, then by code units. */
function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

/** A check number of the kind that account numbers have. */
function checkNumber(number: number | null): number {
  if (number === null) throw new Error('There is no number.');
  let sum = 0;
  for (let weight = 0; weight < 100; weight++) {
    sum = checkedInt(sum + (checkedInt(number * weight) % 11));
  }
  return sum % 10;
}

/** `yyyyMMddHHmmss` to milliseconds UTC. */
function readMoment(text: string): number {
  const moment = Date.UTC(
    readPair(text, 0) * 100 + readPair(text, 2),
    readPair(text, 4) - 1,
    readPair(text, 6),
    readPair(text, 8),
    readPair(text, 10),
    readPair(text, 12),
  );
  if (text.length !== 14 || Number.isNaN(moment)) throw new Error('A date is expected.');
  return moment;
}

function readPair(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function writeMoment(moment: number): string {
  const text = new Date(moment).toISOString();
  const [date, time] = [text.slice(0, 10), text.slice(11, 19)];
  return date.replaceAll('-', '') + time.replaceAll(':', '');
}

const letters: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
};

/** Upper case, without marks, blanks and punctuation. */
function simplify(text: string): string {
  return text
    .toLowerCase()
    .replace(/[äöüßæœøł]/g, (letter) => letters[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z0-9]/g, '')
    .toUpperCase();
}

function titleOfMain(person: ResourceView): string | null {
  const [main] = person
    .many('Contracts')
    .filter((contract) => contract.scalar('IsMain') === 'true')
    .sort((a, b) => compareDates(a.scalar('Start'), b.scalar('Start')));
  if (main === undefined) throw new Error('There is no main contract.');
  return main.scalar('JobTitle');
}

/** Null comes first. */
function compareDates(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return readMoment(a) - readMoment(b);
}

export const hands: readonly Hand[] = [
  {
    name: 'full name',
    expression: 'C#:p:return p.FirstName + " " + p.LastName;',
    write: (p) => `${p.scalar('FirstName') ?? ''} ${p.scalar('LastName') ?? ''}`,
  },
  {
    name: 'mail address with a guard',
    expression:
      'C#:p:if (string.IsNullOrEmpty(p.LastName)) return null; return p.FirstName.ToLower() + "." + p.LastName.ToLower() + "@acme.example";',
    write: (p) => {
      const [first, last] = [p.scalar('FirstName'), p.scalar('LastName')];
      if (last === null || last === '') return null;
      return `${lower(first ?? '')}.${lower(last)}@acme.example`;
    },
  },
  {
    name: 'interpolation with a format',
    expression: 'C#:p:return $"{p.LastName}, {p.FirstName} ({p.Number:D6})";',
    write: (p) =>
      `${p.scalar('LastName') ?? ''}, ${p.scalar('FirstName') ?? ''} (${padNumber(readNumber(p.scalar('Number')), 6)})`,
  },
  {
    name: 'login from initial and simplified name',
    expression:
      'C#:p:if (p.LastName == null) return null; return (p.FirstName.Substring(0, 1) + p.LastName.Simplify()).ToLower();',
    write: (p) => {
      const last = p.scalar('LastName');
      if (last === null) return null;
      return lower((p.scalar('FirstName') ?? '').slice(0, 1) + simplify(last));
    },
  },
  {
    name: 'predefined function on a binding',
    binding: 'LastName',
    expression: 'ToUpper',
    write: (p) => {
      const last = p.scalar('LastName');
      return last === null || last === '' ? null : upper(last);
    },
  },
  {
    name: 'date two weeks earlier',
    type: 'DateTime',
    expression: 'C#:p:return p.Start.Value.AddDays(-14);',
    write: (p) => writeMoment(readMoment(p.scalar('Start') ?? '') - 14 * 86_400_000),
  },
  {
    name: 'dates compared with today',
    expression: 'C#:p:return p.End != null && p.End < DateTime.Today ? "gone" : "here";',
    write: (p, now) => {
      const end = p.scalar('End');
      if (end === null) return 'here';
      return readMoment(end) < readMoment(`${now.slice(0, 8)}000000`) ? 'gone' : 'here';
    },
  },
  {
    name: 'navigation with nulls',
    expression: 'C#:p:return p.Manager?.Site?.Name ?? p.Site?.Name ?? "nowhere";',
    write: (p) =>
      p.one('Manager')?.one('Site')?.scalar('Name') ?? p.one('Site')?.scalar('Name') ?? 'nowhere',
  },
  {
    name: 'main contract of the records',
    expression:
      'C#:p:return p.Contracts.Where(c => c.IsMain == true).OrderBy(c => c.Start).First().JobTitle;',
    write: titleOfMain,
  },
  {
    name: 'any contract in force',
    expression:
      'C#:p:return p.Contracts.Any(c => c.Start <= DateTime.Now && (c.End == null || c.End > DateTime.Now)) ? "active" : "inactive";',
    write: (p, now) => {
      const moment = readMoment(now);
      const isInForce = p.many('Contracts').some((contract) => {
        const [start, end] = [contract.scalar('Start'), contract.scalar('End')];
        return (
          start !== null &&
          readMoment(start) <= moment &&
          (end === null || readMoment(end) > moment)
        );
      });
      return isInForce ? 'active' : 'inactive';
    },
  },
  {
    name: 'joined titles of the records',
    expression:
      'C#:p:return string.Join(";", p.Contracts.Select(c => c.JobTitle).Distinct().OrderBy(t => t));',
    write: (p) => {
      const found = new Set(
        p.many('Contracts').map((contract) => contract.scalar('JobTitle') ?? ''),
      );
      return orNull([...found].sort().join(';'));
    },
  },
  {
    name: 'loop over the records',
    type: 'Int32',
    expression:
      'C#:p:var score = 0; foreach (var c in p.Contracts) { if (c.IsMain == true) score += 10; else score += 1; } return score;',
    write: (p) => {
      let score = 0;
      for (const contract of p.many('Contracts')) {
        score += contract.scalar('IsMain') === 'true' ? 10 : 1;
      }
      return String(score);
    },
  },
  {
    name: 'switch on texts',
    expression:
      'C#:p:return p.Site?.Name switch { null => "none", "Paris" or "Lyon" or "Nice" => "FR", "Oslo" or "Bergen" => "NO", "Berlin" => "DE", _ => "other" };',
    write: (p) => countryOf(p.one('Site')?.scalar('Name') ?? null),
  },
  {
    name: 'switch on ranges',
    expression:
      'C#:p:return p.Number switch { null => "none", < 100 => "S", >= 100 and < 300 => "M", < 700 => "L", _ => "XL" };',
    write: (p) => sizeOf(readNumber(p.scalar('Number'))),
  },
  {
    name: 'filter, map, sort, first',
    expression:
      'C#:p:return p.Contracts.Where(c => c.End == null || c.End > DateTime.Now).Select(c => c.JobTitle).OrderBy(t => t).FirstOrDefault() ?? "none";',
    write: jobInForce,
  },
  {
    name: 'first job title by date',
    expression:
      'C#:p:return p.Contracts.OrderBy(c => c.Start).ThenBy(c => c.JobTitle).Select(c => c.JobTitle).FirstOrDefault();',
    write: (p) => {
      const sorted = [...p.many('Contracts')].sort(
        (a, b) =>
          compareDates(a.scalar('Start'), b.scalar('Start')) ||
          compareTexts(a.scalar('JobTitle'), b.scalar('JobTitle')),
      );
      return sorted[0]?.scalar('JobTitle') ?? null;
    },
  },
  {
    name: 'loop of a hundred turns',
    type: 'Int32',
    expression:
      'C#:p:var n = p.Number.Value; var sum = 0; for (var i = 0; i < 100; i++) sum += n * i % 11; return sum % 10;',
    write: (p) => String(checkNumber(readNumber(p.scalar('Number')))),
  },
];
