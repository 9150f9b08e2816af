/** Representative expressions of configurations, each against the same function written by hand. */
import {
  compileExpression,
  type EntityModel,
  type EntityType,
  type EvaluationContext,
  type ExpectedValue,
  type Property,
  type ResourceView,
} from '../config/index.ts';
import { type Hand, hands } from './expressions-by-hand.ts';
import type { Contest, Size } from './harness.ts';

/** A third of the speed of code written by hand. */
const goal = 3;
const counts: Readonly<Record<Size, number>> = { S: 1_000, M: 10_000, L: 100_000 };
const at = { file: 'bench.xml', line: 1, column: 1 };
const context: EvaluationContext = { now: '20260131120000' };

export function prepareExpressions(size: Size): readonly Contest[] {
  const people = makePeople(counts[size]);
  return hands.map((hand) => makeContest(hand, people));
}

function makeContest(hand: Hand, people: readonly ResourceView[]): Contest {
  const { name, write, type } = hand;
  const expected: ExpectedValue = { kind: 'scalar', type: type ?? 'String' };
  const result = compileExpression({
    expression: hand.expression,
    ...(hand.binding === undefined ? {} : { binding: hand.binding }),
    root: 'Person',
    expected,
    isLiteralAllowed: true,
    entityModel,
    at,
  });
  if (result.status === 'rejected') {
    throw new Error(`${name}: ${result.problems.map((one) => one.message).join(' ')}`);
  }
  const { expression } = result;
  return {
    name,
    goal,
    operations: people.length,
    ours: () => people.map((person) => expression.evaluate(person, context).value),
    reference: () => people.map((person) => write(person, context.now)),
  };
}

function scalar(
  identifier: string,
  type: (Property & { kind: 'scalar' })['type'] = 'String',
): Property {
  return { kind: 'scalar', identifier, type, isKey: false, at };
}

function link(identifier: string, target: string, isCollection = false): Property {
  const reverse = `${identifier}Of`;
  return {
    kind: 'navigation',
    identifier,
    target,
    isCollection,
    association: identifier,
    side: 1,
    reverse,
    at,
  };
}

function entityType(identifier: string, properties: readonly Property[]): EntityType {
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
  entityType('Person', [
    scalar('Number', 'Int32'),
    scalar('FirstName'),
    scalar('LastName'),
    scalar('Start', 'DateTime'),
    scalar('End', 'DateTime'),
    link('Manager', 'Person'),
    link('Site', 'Site'),
    link('Contracts', 'Contract', true),
  ]),
  entityType('Site', [scalar('Name')]),
  entityType('Contract', [
    scalar('JobTitle'),
    scalar('IsMain', 'Bool'),
    scalar('Start', 'DateTime'),
    scalar('End', 'DateTime'),
  ]),
];

const entityModel: EntityModel = {
  entityTypes: new Map(types.map((type) => [type.identifier, type])),
  associations: new Map(),
};

class Stored implements ResourceView {
  readonly id: number;
  readonly entityType: string;
  readonly #scalars: ReadonlyMap<string, string | null>;
  readonly #links: ReadonlyMap<string, readonly ResourceView[]>;

  constructor(
    name: string,
    id: number,
    scalars: Readonly<Record<string, string | null>>,
    links: Readonly<Record<string, readonly ResourceView[]>> = {},
  ) {
    this.entityType = name;
    this.id = id;
    this.#scalars = new Map(Object.entries(scalars));
    this.#links = new Map(Object.entries(links));
  }

  scalar(property: string): string | null {
    return this.#scalars.get(property) ?? null;
  }

  one(property: string): ResourceView | null {
    return this.many(property)[0] ?? null;
  }

  many(property: string): readonly ResourceView[] {
    return this.#links.get(property) ?? [];
  }
}

const firsts = ['Ana', 'Jean-Luc', 'Zoë', 'Bob', 'Maria Luisa', 'Łukasz', 'Søren'];
const lasts = ['Martin', 'Müller', "O'Neil", 'García', 'Van den Berg', 'Smith', 'Lefèvre'];
const titles = ['Clerk', 'Buyer', 'Engineer', 'Nurse'];

/** Two thirds have a manager, half a site, one to three contracts; the same people for the same count. */
function makePeople(count: number): readonly ResourceView[] {
  const sites = ['Paris', 'Lyon', 'Oslo'].map((Name, id) => new Stored('Site', id + 1, { Name }));
  const people: ResourceView[] = [];
  for (let id = 1; id <= count; id++) {
    const day = String((id % 28) + 1).padStart(2, '0');
    const contracts = Array.from({ length: (id % 3) + 1 }, (_, index) => {
      const year = 2019 + ((id + index * 2) % 6);
      return new Stored('Contract', id * 10 + index, {
        JobTitle: titles[(id + index) % titles.length] ?? null,
        IsMain: index === 0 ? 'true' : 'false',
        Start: `${year}01${day}000000`,
        End: index === 0 ? null : `${year + 1}06${day}000000`,
      });
    });
    const site = sites[id % 6];
    const manager = id % 3 === 0 ? undefined : people[id >> 1];
    people.push(
      new Stored(
        'Person',
        id,
        {
          Number: String(id),
          FirstName: firsts[id % firsts.length] ?? null,
          LastName: id % 50 === 0 ? null : (lasts[(id * 3) % lasts.length] ?? null),
          Start: `202${id % 6}03${day}083000`,
          End: id % 4 === 0 ? `2025${String((id % 12) + 1).padStart(2, '0')}${day}000000` : null,
        },
        {
          Manager: manager === undefined ? [] : [manager],
          Site: site === undefined ? [] : [site],
          Contracts: contracts,
        },
      ),
    );
  }
  return people;
}
