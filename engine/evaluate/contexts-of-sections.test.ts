/**
 * Contexts of people with records in sections. Each test draws the time line it is about:
 * one column per month of 2025, `=` a stretch in which an instance holds, `·` a gap.
 */
import { describe, expect, it } from 'vitest';
import type { ContextRule, RecordSection } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import { matchingPeriods } from './criteria.ts';
import {
  at,
  byIdentifier,
  departments,
  entityType,
  entityTypes,
  Graph,
  linkOf,
  linkProperty,
  linksOf,
  matchesOf,
  modelOf,
  now,
  scalarOf,
  scalarProperty,
} from './graph.fixture.ts';

const contractRecord = entityType(
  'Record',
  scalarProperty('Code', true),
  scalarProperty('From'),
  scalarProperty('Until'),
  scalarProperty('JobFrom'),
  scalarProperty('JobUntil'),
  scalarProperty('Job'),
  scalarProperty('Rank'),
  scalarProperty('Draft'),
  linkProperty('Category', 'Department'),
  linkProperty('Department', 'Department'),
  linkProperty('Site', 'Department'),
);

/** The contract and everything about the person. */
const contract: RecordSection = {
  identifier: 'Contract',
  startProperty: 'From',
  endProperty: 'Until',
  isDefault: true,
  isBoundaries: true,
  boundaryKind: 'None',
  isExtendable: true,
  properties: new Map([['Category', true]]),
  at,
};

/** Where the person works; positions may overlap, told apart by `Job`. */
const position: RecordSection = {
  identifier: 'Position',
  startProperty: 'JobFrom',
  endProperty: 'JobUntil',
  isDefault: false,
  isBoundaries: false,
  boundaryKind: 'None',
  isExtendable: true,
  properties: new Map([
    ['Job', true],
    ['Department', true],
    ['Site', true],
  ]),
  instanceKey: scalarOf('Record:Job'),
  at,
};

const nothingCarried = new Map([...position.properties.keys()].map((name) => [name, false]));
/** No value of a position goes on after it, though the section as such may be extended. */
const fixedValues: RecordSection = { ...position, properties: nothingCarried };
/** A position is never extended. */
const fixedSection: RecordSection = { ...fixedValues, isExtendable: false };

function ruleWith(sections: readonly RecordSection[]): ContextRule {
  const bind = (dimension: string): ContextRule['dimensions'][number] => ({
    dimension,
    property: dimension,
    value: linkOf(`Record:${dimension}`),
  });
  return {
    identifier: 'People',
    policy: 'Default',
    sourceEntityType: 'Person',
    records: linksOf('Person:Records'),
    recordEntityType: 'Record',
    // Without effect beside sections.
    start: scalarOf('Record:Draft'),
    end: scalarOf('Record:Draft'),
    dimensions: ['Category', 'Department', 'Site'].map(bind),
    exclude: scalarOf('Record:Draft'),
    sections,
    at,
  };
}

const places = ['Fulltime', 'Parttime', 'Sales', 'Legal', 'London', 'Paris'];
const idOf = (name: string): number => 41 + places.indexOf(name);

interface RecordData {
  readonly [property: string]: string;
}

/** `month(3)` is the first of March 2025. */
function month(number: number): string {
  return `2025${String(number).padStart(2, '0')}01000000`;
}

function evaluated(
  records: readonly RecordData[],
  sections: readonly RecordSection[] = [contract, position],
  isReversed = false,
): ReturnType<typeof computeContexts> {
  const graph = new Graph();
  for (const name of places) graph.put('Department', idOf(name), { Code: name });
  const numbered = records.map((record, index) => ({ record, index }));
  const ordered = isReversed ? numbered.toReversed() : numbered;
  for (const [place, { record, index }] of ordered.entries()) {
    const { Category, Department, Site, ...scalars } = record;
    const link = (name: string | undefined): readonly (readonly ['Department', number])[] =>
      name === undefined ? [] : [['Department', idOf(name)]];
    graph.put(
      'Record',
      51 + place,
      { Code: `R${index}`, ...scalars },
      { Category: link(Category), Department: link(Department), Site: link(Site) },
    );
  }
  graph.put('Person', 1, {}, { Records: records.map((_, index) => ['Record', 51 + index]) });
  return computeContexts(model(sections), graph.get('Person', 1), matchesOf(graph, model([])), now);
}

function model(sections: readonly RecordSection[]): ReturnType<typeof modelOf> {
  const dimensions = ['Category', 'Department', 'Site'].map((identifier, slot) => ({
    ...departments,
    identifier,
    slot,
  }));
  const made = modelOf({ contextRules: [ruleWith(sections)], dimensions });
  const types = [
    ...entityTypes.filter(({ identifier }) => identifier !== 'Record'),
    contractRecord,
  ];
  return { ...made, entityModel: { ...made.entityModel, entityTypes: byIdentifier(types) } };
}

/** `from-to Category/Department/Site` of each context, months as numbers, `-` for an open end or an empty value. */
function contextsOf(...given: Parameters<typeof evaluated>): readonly string[] {
  const outcome = evaluated(...given);
  if (outcome.status !== 'computed') return [outcome.status];
  const show = (date: string | null): string =>
    date === null ? '-' : String(Number(date.slice(4, 6)));
  return outcome.contexts.map(({ startDate, endDate, dimensions }) => {
    const values = [...dimensions.values()].map((each) => each[0]?.scalar('Code') ?? '-');
    return `${show(startDate)}-${show(endDate)} ${values.join('/')}`;
  });
}

/** When a rule with these criteria holds. */
function periodsOf(
  records: readonly RecordData[],
  sections: readonly RecordSection[],
  criteria: Readonly<Record<string, string>> = {},
): readonly string[] {
  const outcome = evaluated(records, sections);
  if (outcome.status !== 'computed') throw new Error(outcome.status);
  const wanted = Object.entries(criteria).map(([dimension, value]) => ({
    dimension,
    value,
    includesDescendants: false,
    at,
  }));
  return matchingPeriods(model(sections), wanted, outcome.contexts).map(
    ({ startDate, endDate }) => `${Number(startDate?.slice(4, 6))}-${Number(endDate?.slice(4, 6))}`,
  );
}

/** A contract from January to December with this position. */
function working(from: number, until: number, job: string, values: RecordData): RecordData {
  return {
    From: month(1),
    Until: month(12),
    Category: 'Fulltime',
    JobFrom: month(from),
    JobUntil: month(until),
    Job: job,
    ...values,
  };
}

const sales = working(1, 5, 'P1', { Department: 'Sales', Site: 'London' });
const legal = working(5, 9, 'P2', { Department: 'Legal', Site: 'London' });

describe('contexts of record sections', () => {
  /*
   *            1   2   3   4   5   6   7   8   9  10  11  12
   * contract   =============================================
   * position   ==== Sales ======
   *                            ===== Legal ====·············
   * contexts   [    Sales     ][          Legal            ]   the last position is carried on
   */
  it('are cut where any section changes, and neighbours that do not differ are one', () => {
    expect(contextsOf([sales, legal])).toEqual([
      '1-5 Fulltime/Sales/London',
      '5-12 Fulltime/Legal/London',
    ]);
  });

  /*
   *            1   2   3   4   5   6   7   8   9  10  11  12
   * contract   =============================================
   * position   ==== Sales ======
   *                            ===== Legal =====
   * Fulltime   [-------------------------------------------]   the contract never changes
   * London     [-------------------------------------------]   both positions are there
   * Sales      [---------------]
   */
  it('let a rule on what does not change hold without a break', () => {
    const sections = [contract, position];

    expect(periodsOf([sales, legal], sections, { Category: 'Fulltime' })).toEqual(['1-12']);
    expect(periodsOf([sales, legal], sections, { Site: 'London' })).toEqual(['1-12']);
    expect(periodsOf([sales, legal], sections, { Department: 'Sales' })).toEqual(['1-5']);
  });

  it('are no others when the records come in another order, under other ids', () => {
    const records = [legal, working(3, 7, 'P3', { Department: 'Legal', Site: 'Paris' }), sales];

    expect(contextsOf(records, undefined, true)).toEqual(contextsOf(records));
  });

  it('fail as a whole on a date that is none, without telling it', () => {
    const outcome = evaluated([sales, { ...legal, JobUntil: 'next year' }]);

    expect(outcome.status).toBe('failed');
    expect(JSON.stringify(outcome)).not.toContain('next year');
  });

  it('leave excluded records out before anything is cut', () => {
    expect(contextsOf([sales, { ...legal, Draft: 'true' }])).toEqual([
      '1-12 Fulltime/Sales/London',
    ]);
    expect(contextsOf([{ ...sales, Draft: 'true' }])).toEqual(['excluded']);
  });

  it('are none for somebody without records', () => {
    expect(contextsOf([])).toEqual([]);
  });
});

describe('gaps between positions', () => {
  const later = working(7, 9, 'P2', { Department: 'Legal', Site: 'Paris' });

  /*
   *            1   2   3   4   5   6   7   8   9  10  11  12
   * contract   =============================================
   * position   ···· P1 Sales ···
   *                ====·········===========·················
   *                    ·········P2 Legal
   * contexts   [ Sales ^       ][ Legal ^                  ]
   *             P1 is brought    P2 is carried on,
   *             forward, then    nothing comes after it
   *             carried on
   */
  it('are filled from before, or from after where nothing was before', () => {
    const early = working(2, 3, 'P1', { Department: 'Sales', Site: 'London' });

    expect(contextsOf([early, later])).toEqual([
      '1-7 Fulltime/Sales/London',
      '7-12 Fulltime/Legal/Paris',
    ]);
  });

  /*
   *                  1   2   3   4   5   6   7   8   9  10  11  12
   * contract         =============================================
   * position         ==== Sales =====········ Legal ==············
   * no criteria      [---------------]       [-------]
   * Fulltime         [---------------]       [-------]              a criterion never widens a rule
   */
  it('give no context where extension is off for the properties only', () => {
    const sections = [contract, fixedValues];

    expect(contextsOf([sales, later], sections)).toEqual([
      '1-5 Fulltime/Sales/London',
      '7-9 Fulltime/Legal/Paris',
    ]);
    expect(periodsOf([sales, later], sections)).toEqual(['1-5', '7-9']);
    expect(periodsOf([sales, later], sections, { Category: 'Fulltime' })).toEqual(['1-5', '7-9']);
  });

  /*
   *                  1   2   3   4   5   6   7   8   9  10  11  12
   * contract         =============================================
   * position         ==== Sales =====········ Legal ==············
   * no criteria      [-------------------------------------------]
   * Fulltime         [-------------------------------------------]
   * Sales            [---------------]
   */
  it('count, without values, where extension is off for the section', () => {
    const sections = [contract, fixedSection];

    expect(contextsOf([sales, later], sections)).toEqual([
      '1-5 Fulltime/Sales/London',
      '5-7 Fulltime/-/-',
      '7-9 Fulltime/Legal/Paris',
      '9-12 Fulltime/-/-',
    ]);
    expect(periodsOf([sales, later], sections)).toEqual(['1-12']);
    expect(periodsOf([sales, later], sections, { Department: 'Sales' })).toEqual(['1-5']);
  });

  /*
   *              1   2   3   4   5   6   7   8   9  10  11  12
   * position     ==== Sales =====········ Legal ==············
   * Department   [    Sales     ][  -    ][ Legal][     -     ]
   * Site         [    London            ][      Paris         ]
   */
  it('are filled property by property', () => {
    const sections = [
      contract,
      { ...position, properties: new Map([...nothingCarried, ['Site', true]]) },
    ];

    expect(contextsOf([sales, later], sections)).toEqual([
      '1-5 Fulltime/Sales/London',
      '5-7 Fulltime/-/London',
      '7-9 Fulltime/Legal/Paris',
      '9-12 Fulltime/-/Paris',
    ]);
  });

  it('fill a value that a position lacks too, unless the property is not carried on', () => {
    const { Site: _, ...homeless } = legal;

    expect(contextsOf([sales, homeless])).toContain('5-12 Fulltime/Legal/London');
    expect(contextsOf([sales, homeless], [contract, fixedSection])).toContain(
      '5-9 Fulltime/Legal/-',
    );
  });

  /*
   *            1   2   3   4   5   6   7   8   9  10  11  12
   * position   = P1 rank B ====·········· P3 rank C ········
   *            = P2 rank A =========·····===================
   * contexts   until June P1 and P2, then, by rank:
   *            June      P3 is brought forward, the highest
   */
  it('are filled by the highest sort key, whether before or after', () => {
    const ranked = { ...position, sortKey: scalarOf('Record:Rank') };
    const records = [
      { ...sales, Rank: 'B' },
      { ...working(1, 6, 'P2', { Department: 'Legal', Site: 'London' }), Rank: 'A' },
      { ...working(7, 12, 'P3', { Department: 'Sales', Site: 'Paris' }), Rank: 'C' },
    ];

    expect(contextsOf(records, [contract, ranked])).toEqual([
      '1-5 Fulltime/Sales/London',
      '1-6 Fulltime/Legal/London',
      '6-12 Fulltime/Sales/Paris',
    ]);
  });

  it('are filled only by records whose sort key reaches the threshold, itself included', () => {
    const from = (extendedSortKey: string): readonly RecordSection[] => [
      contract,
      { ...position, sortKey: scalarOf('Record:Rank'), extendedSortKey },
    ];
    const records = [{ ...sales, Rank: 'C' }];

    expect(contextsOf(records, from('B'))).toEqual(['1-12 Fulltime/Sales/London']);
    expect(contextsOf(records, from('C'))).toEqual(['1-12 Fulltime/Sales/London']);
    expect(contextsOf(records, from('D'))).toEqual(['1-5 Fulltime/Sales/London']);
    expect(contextsOf(records, from('c'))).toEqual(['1-5 Fulltime/Sales/London']);
  });

  it('are the whole contract for somebody who never had a position, as far as the section says', () => {
    const idle = { From: month(1), Until: month(12), Category: 'Fulltime' };

    expect(contextsOf([idle])).toEqual([]);
    expect(contextsOf([idle], [contract, fixedSection])).toEqual(['1-12 Fulltime/-/-']);
  });
});

describe('instances at once', () => {
  /*
   *            1   2   3   4   5   6   7   8   9  10  11  12
   * record 0   ======= PD ==================================
   *            = C1 Full ======
   *            ======= P1 Sales ===============
   * record 1   ======= PD ==================================
   *                            ===== C2 Part ===============
   *                                        ==== P2 Legal ===
   * contexts   [C1, P1        ][C2, P1    ][C2,P1]
   *                                        [C2, P2         ]
   * With the personal data as the default section, two records give four contexts.
   */
  it('combine what holds together, from records that say it only once', () => {
    const personal: RecordSection = { ...contract, properties: new Map() };
    const terms: RecordSection = {
      ...position,
      identifier: 'Terms',
      startProperty: 'TermsFrom',
      endProperty: 'TermsUntil',
      properties: new Map([['Category', true]]),
      instanceKey: scalarOf('Record:Terms'),
    };
    const person = { From: month(1), Until: month(12) };
    const records = [
      {
        ...working(1, 9, 'P1', { Department: 'Sales', Site: 'London' }),
        ...person,
        Terms: 'C1',
        TermsFrom: month(1),
        TermsUntil: month(5),
      },
      {
        ...working(8, 12, 'P2', { Department: 'Legal', Site: 'Paris' }),
        ...person,
        Category: 'Parttime',
        Terms: 'C2',
        TermsFrom: month(5),
        TermsUntil: month(12),
      },
    ];

    expect(contextsOf(records, [personal, terms, position])).toEqual([
      '1-5 Fulltime/Sales/London',
      '5-9 Parttime/Sales/London',
      '8-12 Parttime/Legal/Paris',
    ]);
  });

  it('do not mix what two records say', () => {
    const personal: RecordSection = { ...contract, properties: new Map() };
    const terms: RecordSection = {
      ...position,
      properties: new Map([['Category', true]]),
      instanceKey: scalarOf('Record:Rank'),
    };
    const records = [
      { ...working(1, 12, 'P1', { Department: 'Sales', Site: 'London' }), Rank: 'C1' },
      {
        ...working(1, 12, 'P2', { Department: 'Legal', Site: 'Paris' }),
        Rank: 'C2',
        Category: 'Parttime',
      },
    ];

    expect(contextsOf(records, [personal, terms, position])).toEqual([
      '1-12 Fulltime/Sales/London',
      '1-12 Parttime/Legal/Paris',
    ]);
  });

  it('are one when nothing tells them apart: the one that starts last', () => {
    const { instanceKey: _, ...unkeyed } = position;
    const promoted = working(3, 12, 'P2', { Department: 'Legal', Site: 'London' });

    expect(contextsOf([sales, promoted], [contract, unkeyed])).toEqual([
      '1-3 Fulltime/Sales/London',
      '3-12 Fulltime/Legal/London',
    ]);
  });

  it('are refused where there are far too many', () => {
    const split = (one: 'Category' | 'Department', index: number): RecordData => ({
      From: month(1),
      Until: month(12),
      Code: `${one}${index}`,
      [one === 'Category' ? 'Rank' : 'Job']: String(index),
      ...(one === 'Category' ? { Category: 'Fulltime' } : { Department: 'Sales' }),
    });
    const terms: RecordSection = {
      ...position,
      properties: new Map([
        ['Category', true],
        ['Rank', true],
      ]),
      instanceKey: scalarOf('Record:Rank'),
    };
    const jobs: RecordSection = { ...position, startProperty: 'Draft', endProperty: 'Draft' };
    const records = Array.from({ length: 120 }, (_, index) => [
      split('Category', index),
      split('Department', index),
    ]).flat();
    const personal: RecordSection = { ...contract, properties: new Map() };

    const outcome = evaluated(records, [
      personal,
      { ...terms, startProperty: 'Draft', endProperty: 'Draft' },
      jobs,
    ]);

    expect(outcome).toMatchObject({
      status: 'failed',
      failures: [{ message: expect.stringContaining('more than 10000 contexts') }],
    });
  });
});

describe('the validity of the identity', () => {
  const first = { From: month(2), Until: month(4), Category: 'Fulltime', Department: 'Sales' };
  const second = { From: month(6), Until: month(8), Category: 'Parttime', Department: 'Sales' };

  /*
   *            1   2   3   4   5   6   7   8   9
   * contract       = Full =········= Part ==
   * position   (no dates: the bounds of the contracts)
   * contexts       [ Full         ][ Part   ]     the first contract is carried on
   */
  it('goes from the first start to the last end, gaps filled like any other', () => {
    expect(contextsOf([first, second])).toEqual(['2-6 Fulltime/Sales/-', '6-8 Parttime/Sales/-']);
  });

  /*
   * contract       = Full =········= Part ==
   * contexts       [ Full ]        [ Part   ]     nobody says that the person is there in between
   */
  it('has the gaps of a section that is never extended', () => {
    const strict: RecordSection = {
      ...contract,
      isExtendable: false,
      properties: new Map([['Category', false]]),
    };

    expect(contextsOf([first, second], [strict, position])).toEqual([
      '2-4 Fulltime/Sales/-',
      '6-8 Parttime/Sales/-',
    ]);
  });

  it('is that of the section that is said to bound it', () => {
    const sections = [
      { ...contract, isBoundaries: false },
      { ...position, isBoundaries: true },
    ];

    expect(contextsOf([working(3, 5, 'P1', { Department: 'Sales' })], sections)).toEqual([
      '3-5 Fulltime/Sales/-',
    ]);
  });

  it('has no bounds where the default section has no dates', () => {
    expect(contextsOf([{ Category: 'Fulltime', Department: 'Sales' }])).toEqual([
      '--- Fulltime/Sales/-',
    ]);
    expect(
      contextsOf([{ From: '19000101000000', Until: '20790606000000', Department: 'Sales' }]),
    ).toEqual(['--- -/Sales/-']);
  });

  it('gives its bounds to empty dates elsewhere, unless those are kept as open', () => {
    const open = { Category: 'Fulltime', Department: 'Sales', From: month(2), Until: month(9) };
    const bounded = [
      { ...contract, isBoundaries: false },
      { ...position, isBoundaries: true },
    ];
    const kept = [
      bounded[0] ?? contract,
      { ...position, isBoundaries: true, boundaryKind: 'Kept' as const },
    ];

    expect(contextsOf([open], bounded)).toEqual(['2-9 Fulltime/Sales/-']);
    expect(contextsOf([open], kept)).toEqual(['--- Fulltime/Sales/-']);
  });

  it('is empty when every instance ends before it starts', () => {
    expect(contextsOf([{ ...first, From: month(9) }])).toEqual([]);
  });
});
