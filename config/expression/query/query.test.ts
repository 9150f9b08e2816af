import { describe, expect, it } from 'vitest';
import type { EntityModel, EntityType, Property, ScalarType } from '../../entity-model.ts';
import { Findings } from '../finding.ts';
import { type StaticType, scalarType } from '../language/static-type.ts';
import type { ResourceView } from '../values.ts';
import type { HoleValue } from './check-value.ts';
import { type PreparedQuery, prepareQuery } from './prepare-query.ts';
import { QueryResources } from './query-resources.ts';

/*
 * Users: 1 Ana (Paris, 40, rights 5), 2 Bob (Lyon, 30, rights 4, manager Ana), 3 cleo (Paris, -, rights 1, manager Ana),
 * 4 Dan (no site, 50, manager Bob). Groups: 10 Admins {1, 2}, 11 Guests {3}.
 */
const at = { file: 'conf/a.xml', line: 1, column: 1 };

function scalar(identifier: string, type: ScalarType = 'String'): Property {
  return { kind: 'scalar', identifier, type, isKey: false, at };
}

function link(identifier: string, target: string, isCollection = false): Property {
  const association = identifier;
  return {
    kind: 'navigation',
    identifier,
    target,
    isCollection,
    association,
    side: 1,
    reverse: 'R',
    at,
  };
}

function type(identifier: string, properties: readonly Property[]): EntityType {
  const named = properties.map((property) => [property.identifier, property] as const);
  return {
    identifier,
    displayName: identifier,
    properties: new Map(named),
    keys: [],
    displayProperty: 'Name',
    at,
  };
}

const types = [
  type('User', [
    scalar('Name'),
    scalar('Age', 'Int32'),
    scalar('Rights', 'Int64'),
    scalar('Start', 'DateTime'),
    scalar('Active', 'Bool'),
    scalar('Key', 'Guid'),
    scalar('Rate', 'Double'),
    link('Site', 'Site'),
    link('Manager', 'User'),
    link('Groups', 'Group', true),
  ]),
  type('Site', [scalar('Name')]),
  type('Group', [scalar('Name'), link('Members', 'User', true)]),
];
const entityModel: EntityModel = {
  entityTypes: new Map(types.map((one) => [one.identifier, one])),
  associations: new Map(),
};

class Stored implements ResourceView {
  readonly entityType: string;
  readonly id: number;
  readonly scalars: Readonly<Record<string, string>>;
  readonly links = new Map<string, ResourceView[]>();

  constructor(entityType: string, id: number, scalars: Readonly<Record<string, string>>) {
    this.entityType = entityType;
    this.id = id;
    this.scalars = scalars;
  }

  scalar(property: string): string | null {
    return this.scalars[property] ?? null;
  }

  one(property: string): ResourceView | null {
    return this.many(property)[0] ?? null;
  }

  many(property: string): readonly ResourceView[] {
    return this.links.get(property) ?? [];
  }
}

function makeCompany(): QueryResources {
  const paris = new Stored('Site', 20, { Name: 'Paris' });
  const lyon = new Stored('Site', 21, { Name: 'Lyon' });
  const ana = new Stored('User', 1, {
    Name: 'Ana',
    Age: '40',
    Rights: '5',
    Start: '20240101000000',
    Active: 'true',
    Key: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  });
  const bob = new Stored('User', 2, {
    Name: 'Bob',
    Age: '30',
    Rights: '4',
    Start: '20240601120000',
    Active: 'false',
    Rate: '0.5',
  });
  const cleo = new Stored('User', 3, { Name: 'cleo', Rights: '1' });
  const dan = new Stored('User', 4, { Name: 'Dan', Age: '50' });
  const admins = new Stored('Group', 10, { Name: 'Admins' });
  const guests = new Stored('Group', 11, { Name: 'Guests' });
  ana.links.set('Site', [paris]).set('Groups', [admins]);
  bob.links.set('Site', [lyon]).set('Manager', [ana]).set('Groups', [admins]);
  cleo.links.set('Site', [paris]).set('Manager', [ana]).set('Groups', [guests]);
  dan.links.set('Manager', [bob]);
  admins.links.set('Members', [ana, bob]);
  guests.links.set('Members', [cleo]);
  const all = [ana, bob, cleo, dan, admins, guests, paris, lyon];
  return new QueryResources((name) => all.filter((one) => one.entityType === name));
}

interface Prepared {
  readonly query: PreparedQuery | undefined;
  readonly problems: readonly string[];
}

/** `¤` in the text stands for a hole. */
function prepare(text: string, holes: readonly StaticType[] = [], entityType = 'User'): Prepared {
  const places = [...text.matchAll(/¤/g)].map((match, index) => [match.index, index] as const);
  const findings = new Findings();
  const query = prepareQuery({
    query: { text, holes: new Map(places) },
    entityType,
    entityModel,
    findings,
    holes,
    isHistoryAllowed: false,
  });
  const problems = findings.items.map(
    ({ offset, length, message, hint }) =>
      `${text.slice(offset, offset + length)}| ${message}${hint === undefined ? '' : ` ${hint}`}`,
  );
  return { query, problems };
}

function find(
  text: string,
  types: readonly StaticType[] = [],
  values: readonly HoleValue[] = [],
): readonly number[] {
  const { query, problems } = prepare(text, types);
  if (query === undefined) throw new Error(problems.join('\n'));
  return query.run(makeCompany(), values, () => {}).map((resource) => resource.id);
}

const string = scalarType('string');

describe('queries', () => {
  it.each([
    ['', [1, 2, 3, 4]],
    ['select Id', [1, 2, 3, 4]],
    ['where Name = "ana"', [1]],
    ['where Name = "CLEO"', [3]],
    ['where Name != "Ana"', [2, 3, 4]],
    ['where Age = 40', [1]],
    ['where Age != 40', [2, 3, 4]],
    ['where Age > 30', [1, 4]],
    ['where Age >= 30', [1, 2, 4]],
    ['where Age < 40', [2]],
    ['where Age <= 40', [1, 2]],
    ['where Age = null', [3]],
    ['where Age != null', [1, 2, 4]],
    ['where Rights &= 4', [1, 2]],
    ['where Rights &= 5', [1]],
    ['where Name %= "a"', [1]],
    ['where Name =% "o"', [3]],
    ['where Name %=% "a"', [1, 4]],
    ['where Name !%= "a"', [2, 3, 4]],
    ['where Name !=% "o"', [1, 2, 4]],
    ['where Name !%=% "a"', [2, 3]],
    ['where Active = true', [1]],
    ['where Active != true', [2, 3, 4]],
    ['where Start >= "2024-06-01T00:00:00Z"', [2]],
    ['where Start < "2024-06-01"', [1]],
    ['where Key = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"', [1]],
    ['where Rate < 1', [2]],
    ['where Id = 3', [3]],
    ['where Manager = 1', [2, 3]],
    ['where Manager = null', [1]],
    ['where Site.Name = "Paris"', [1, 3]],
    ['where Manager.Site.Name = "Paris"', [2, 3]],
    ['where Manager.Id = 2', [4]],
    ['where Manager.Site = Site', [3]],
    ['where (Age > 30 and Site.Name = "Paris")', [1]],
    ['where (Age > 45 or Name = "bob")', [2, 4]],
    ['where (Name != null and (Age = 30 or Age = 50))', [2, 4]],
    ['where ((Name = "Ana"))', [1]],
    ['join Manager m where m.Name = "Ana"', [2, 3]],
    ['join Manager m select Id, m.Name', [1, 2, 3, 4]],
    ['join Manager m join m.Site s where s.Name = "lyon"', [4]],
    ['join Groups g where g.Name = "Admins"', [1, 2]],
    ['join Groups of type Group g where g.Name != "Admins"', [3, 4]],
    ['join Groups g join g.Members other where other.Name = "bob"', [1, 2]],
    ['order by Name desc', [4, 3, 2, 1]],
    ['order by Age asc, Name desc', [3, 2, 1, 4]],
    ['order by Age', [3, 2, 1, 4]],
    ['order by Site.Name asc, Id desc', [4, 2, 3, 1]],
    ['join Site s order by s.Name desc, Id asc', [1, 3, 2, 4]],
    ['PageSize 2', [1, 2]],
    ['Top 1 Select Id Order By Age desc', [4]],
    ['SELECT Name WHERE Name %=% "A" ORDER BY Name DESC', [4, 1]],
  ])('%s', (text, ids) => {
    expect(find(text)).toEqual(ids);
  });

  it.each([
    ['where Nam = "x"', 'Nam| The entity type User has no property Nam. Did you mean Name?'],
    ['where m.Name = "x"', 'm| The entity type User has no property m.'],
    [
      'where Age = "40"',
      '"40"| User:Age is of type Int32; it cannot be compared with a text. Write the number without quotes.',
    ],
    [
      'where Name = 4',
      '4| User:Name is of type String; it cannot be compared with a number. Write the text in double quotes.',
    ],
    [
      'where Start = "soon"',
      '"soon"| User:Start is of type DateTime; it cannot be compared with this text. Write "yyyy-MM-ddTHH:mm:ssZ" in double quotes.',
    ],
    ['where Name &= 1', '&=| &= is not for User:Name, which is of type String.'],
    ['where Active > true', '>| > is not for User:Active, which is of type Bool.'],
    ['where Age %= 1', '%=| %= is not for User:Age, which is of type Int32.'],
    ['where Age < null', 'null| null is compared with = and != only.'],
    [
      'where Name = Age',
      'Age| User:Name is of type String; it cannot be compared with User:Age, which is of type Int32.',
    ],
    ['join Name n', 'Name| Only navigation properties can be joined; this is a value.'],
    ['join Groups of type Site g', 'Site| Groups leads to Group, never to Site.'],
    ['join Site s join Manager s', 's| Something is joined as s already.'],
    ['where Groups.Name = "x"', 'Groups.Name| User:Name'.replace('User', 'Group')],
    ['order by Groups.Name asc', 'Groups.Name| Group:Name is reached through several resources'],
    ['where Name = "x" select Id', 'select| select stands before where.'],
    ['select Id select Name', 'select| There is a second select.'],
    ['where Name = "x" and Age = 1', 'and| Comparisons are combined inside parentheses.'],
    ['where (Name = "x" and Age = 1 or Age = 2)', 'or| and and or cannot be mixed inside one pair'],
    [
      'where Name like "x"',
      'like| A comparison such as = is expected here. Write %=% for contains.',
    ],
    [
      "where Name = 'x'",
      "'| This character has no meaning in a query. Texts stand in double quotes.",
    ],
    ['where Name = "x', '"x| This text is not closed.'],
    [
      'slect Id',
      'slect| A query begins with a clause such as select or where. Did you mean select?',
    ],
    ['pagesize 0', '0| A page has between 1 and 100000 resources.'],
    [
      'as of "2024-01-01T00:00:00Z" select Id',
      'as of "2024-01-01T00:00:00Z"| as of looks at former states',
    ],
  ])('refuses %s', (text, problem) => {
    const { query, problems } = prepare(text);

    expect(query).toBeUndefined();
    expect(problems[0]).toContain(problem);
  });

  it('takes a hole as a value, never as text of the query', () => {
    const hostile = 'x" or Name != "';

    expect(find('where Name = ¤', [string], ['Bob'])).toEqual([2]);
    expect(find('where Name = "¤"', [string], [hostile])).toEqual([]);
    expect(find('where Name %=% "¤"', [string], ['o'])).toEqual([2, 3]);
    expect(find('where Name = "¤o¤"', [string, string], ['b', 'b'])).toEqual([2]);
    expect(find('where Age = "¤"', [scalarType('int', true)], [50])).toEqual([4]);
    expect(find('where Id = ¤', [scalarType('long')], [3n])).toEqual([3]);
    expect(find('where Name = ¤', [string], [null])).toEqual([]);
  });

  it.each([
    ['select ¤', 'The name of a property is expected here.'],
    ['where ¤ = 1', 'The name of a property is expected here.'],
    ['where Name ¤ "x"', 'A comparison such as = is expected here.'],
    ['pagesize ¤', 'A number of resources is expected here.'],
    ['¤', 'A query begins with a clause'],
  ])('refuses a hole that is no value: %s', (text, problem) => {
    const { problems } = prepare(text, [string]);

    expect(problems[0]).toContain(problem);
    expect(problems[0]).toContain('Only a value can come from outside');
  });

  it('refuses a hole of another type', () => {
    expect(prepare('where Age = ¤', [string]).problems).toEqual([
      '¤| User:Age is of type Int32; it cannot be compared with string.',
    ]);
  });

  it('lists every pair it reads', () => {
    const { query } = prepare(
      'join Manager m select Name where m.Site.Name = "x" order by Age asc',
    );

    expect([...(query?.reads ?? [])].sort()).toEqual([
      'Site:Name',
      'User:Age',
      'User:Id',
      'User:Manager',
      'User:Name',
      'User:Site',
    ]);
  });

  it('gives only what is selected', () => {
    const { query } = prepare('select Name, Manager.Name where Id = 2');
    const [bob] = query?.run(makeCompany(), [], () => {}) ?? [];

    expect(bob?.scalar('Name')).toBe('Bob');
    expect(bob?.one('Manager')?.scalar('Name')).toBe('Ana');
    expect(() => bob?.scalar('Age')).toThrow('does not select it');
    expect(() => bob?.one('Manager')?.scalar('Age')).toThrow('does not select it');
  });

  it('looks an equal value up instead of walking over everything', () => {
    let steps = 0;
    const count = (more: number): void => {
      steps += more;
    };
    const many = Array.from(
      { length: 5_000 },
      (_, id) => new Stored('User', id, { Name: `n${id}` }),
    );
    const resources = new QueryResources(() => many);
    const { query } = prepare('where (Name = ¤ and Age = null)', [string]);

    const found = query?.run(resources, ['N4711'], count);

    expect(found?.map((resource) => resource.id)).toEqual([4711]);
    expect(steps).toBeLessThan(5);
  });

  it('never gives up on deep nesting or odd characters', () => {
    const deep = `where ${'('.repeat(50_000)}Name = "x"${')'.repeat(50_000)}`;

    expect(prepare(deep).problems[0]).toContain('nested too deeply');
    expect(prepare('where Name = "\u0000" §').problems[0]).toContain('no meaning');
  });
});
