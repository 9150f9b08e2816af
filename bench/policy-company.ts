/**
 * A company whose policy is large: people in a tree of departments and on sites, roles by rules on both, groups by role and
 * by rule, and accounts that hold what the policy gives. Everything follows from an index, so that rules, data and the loop
 * written by hand speak of the same.
 */
import { makeDraw } from './generate-numbers.ts';
import { firstNames, lastNames, places, titles, unitNames } from './generate-words.ts';
import type { Size } from './harness.ts';

export interface PolicySize {
  readonly people: number;
  readonly departments: number;
  readonly sites: number;
  /** Each with one rule, and one navigation rule that gives its group. */
  readonly roles: number;
  /** Navigation rules with criteria, each with a group. */
  readonly groupRules: number;
}

export const policySizes: Readonly<Record<Size, PolicySize>> = {
  S: { people: 10_000, departments: 300, sites: 20, roles: 300, groupRules: 200 },
  M: { people: 100_000, departments: 1_500, sites: 60, roles: 1_000, groupRules: 1_000 },
  L: { people: 1_000_000, departments: 8_000, sites: 200, roles: 3_000, groupRules: 2_000 },
};

/** What a rule asks for; `null`: nothing. */
export interface Asked {
  readonly department: string | null;
  readonly includesDescendants: boolean;
  readonly site: string | null;
}

export const nameDepartment = (index: number): string => `D${String(index + 1).padStart(5, '0')}`;
export const nameSite = (index: number): string =>
  `${places[index % places.length]} ${1 + Math.floor(index / places.length)}`;
export const nameRole = (index: number): string => `Role${index}`;
export const nameGroup = (index: number): string => `group${index}`;

export function parentOf(department: number): number | null {
  return department === 0 ? null : Math.floor((department - 1) / 6);
}

export function departmentOf(index: number): readonly [code: string, name: string, parent: string] {
  const draw = makeDraw(index, 7);
  const parent = parentOf(index);
  return [
    nameDepartment(index),
    `${unitNames[draw(unitNames.length)]} ${index}`,
    parent === null ? '' : nameDepartment(parent),
  ];
}

/** One role in five is for a department and all below it, one in ten for a site, the others for one department. */
export function roleRule(index: number, size: PolicySize): Asked {
  const draw = makeDraw(index, 41);
  const none = { department: null, includesDescendants: false, site: null };
  if (index % 10 === 3) return { ...none, site: nameSite(draw(size.sites)) };
  const includesDescendants = index % 5 === 0;
  return { ...none, department: nameDepartment(draw(size.departments)), includesDescendants };
}

/** One rule gives everybody its group, one in four asks for a department and a site. */
export function groupRule(index: number, size: PolicySize): Asked {
  const draw = makeDraw(index, 43);
  const none = { department: null, includesDescendants: false, site: null };
  if (index === 0) return none;
  const department = nameDepartment(draw(size.departments));
  return index % 4 === 0
    ? { ...none, department, site: nameSite(draw(size.sites)) }
    : { ...none, department };
}

export const personColumns = [
  'EmployeeId',
  'FirstName',
  'LastName',
  'Login',
  'Email',
  'Title',
  'Unit',
  'Site',
  'Manager',
  'StartDate',
  'EndDate',
  'Badge',
] as const;
export type PersonRow = Readonly<Record<(typeof personColumns)[number], string>>;

export function personOf(index: number, size: PolicySize): PersonRow {
  const draw = makeDraw(index, 3);
  const first = firstNames[draw(firstNames.length)] ?? '';
  const last = lastNames[draw(lastNames.length)] ?? '';
  return {
    EmployeeId: nameEmployee(index),
    FirstName: first,
    LastName: last,
    Login: `u${index + 1}`,
    Email: `Person.${index + 1}@Example.com`,
    Title: titles[draw(titles.length)] ?? '',
    Unit: nameDepartment(draw(size.departments)),
    Site: nameSite(draw(size.sites)),
    Manager: index === 0 ? '' : nameEmployee(draw(Math.max(1, Math.floor(index / 12)))),
    StartDate: `20${two(draw(24))}${two(1 + draw(12))}${two(1 + draw(28))}000000`,
    EndDate: draw(20) === 0 ? `20${30 + draw(9)}1231000000` : '',
    Badge: `B${(index * 7_919 + 13).toString(36)}`,
  };
}

export function nameEmployee(index: number): string {
  return `E${String(index + 1).padStart(7, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Scalar properties of an account and what gives each: fifteen rules. */
export const accountRules: readonly (readonly [property: string, rule: string])[] = [
  ['Login', 'Binding="Login"'],
  ['EmployeeId', 'Binding="EmployeeId"'],
  ['FirstName', 'Binding="FirstName"'],
  ['LastName', 'Binding="LastName"'],
  [
    'DisplayName',
    'Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;"',
  ],
  ['Mail', 'Expression="C#:person:return person.Email.ToLower();"'],
  ['Title', 'Binding="Title"'],
  ['Unit', 'Expression="C#:person:return person.In == null ? null : person.In.Code;"'],
  [
    'UnitName',
    'Expression="C#:person:return person.In == null ? null : person.In.Name.ToUpper();"',
  ],
  ['Site', 'Binding="Site"'],
  ['Badge', 'Binding="Badge"'],
  ['StartDate', 'Binding="StartDate"'],
  ['EndDate', 'Binding="EndDate"'],
  ['IsEnabled', 'Expression="Literal:true"'],
  ['BossLogin', 'Expression="C#:person:return person.Boss == null ? null : person.Boss.Login;"'],
];

/** What the rules above give; `boss` and `unit` are the person's. */
export function accountValues(
  person: PersonRow,
  unit: { readonly code: string; readonly name: string } | undefined,
  boss: { readonly login: string } | undefined,
): readonly (string | null)[] {
  return [
    person.Login,
    person.EmployeeId,
    person.FirstName,
    person.LastName,
    `${person.FirstName} ${person.LastName}`,
    person.Email.toLowerCase(),
    person.Title,
    unit?.code ?? null,
    unit?.name.toUpperCase() ?? null,
    person.Site,
    person.Badge,
    person.StartDate,
    person.EndDate,
    'true',
    boss?.login ?? null,
  ].map((value) => (value === '' ? null : value));
}

/** The rules by what they ask for, for one person: looked up, not tried one after the other. */
export class PolicyIndex {
  readonly #byDepartment = new Map<string, { role: number[]; group: number[] }>();
  readonly #below = new Map<string, { role: number[]; group: number[] }>();
  readonly #bySite = new Map<string, { role: number[]; group: number[] }>();
  readonly #always: number[] = [];
  readonly #groupSites = new Map<number, string>();
  readonly #size: PolicySize;

  constructor(size: PolicySize) {
    this.#size = size;
    for (let index = 0; index < size.roles; index += 1)
      this.#add('role', index, roleRule(index, size));
    for (let index = 0; index < size.groupRules; index += 1) {
      const asked = groupRule(index, size);
      this.#add('group', size.roles + index, asked);
      if (asked.department !== null && asked.site !== null)
        this.#groupSites.set(size.roles + index, asked.site);
    }
  }

  #add(kind: 'role' | 'group', index: number, asked: Asked): void {
    const { department, site, includesDescendants } = asked;
    if (department === null && site === null) {
      this.#always.push(index);
      return;
    }
    const found =
      department === null ? this.#bySite : includesDescendants ? this.#below : this.#byDepartment;
    const key = department ?? site ?? '';
    const lists = found.get(key) ?? { role: [], group: [] };
    found.set(key, lists);
    lists[kind].push(index);
  }

  /** Ascending numbers of the roles and of the groups that somebody in this department, on this site is given. */
  given(unit: string, site: string): { readonly roles: number[]; readonly groups: number[] } {
    const roles: number[] = [];
    const groups = [...this.#always];
    const take = (lists: { role: number[]; group: number[] } | undefined): void => {
      if (lists === undefined) return;
      roles.push(...lists.role);
      for (const group of lists.group) {
        const asked = this.#groupSites.get(group);
        if (asked === undefined || asked === site) groups.push(group);
      }
    };
    take(this.#byDepartment.get(unit));
    take(this.#bySite.get(site));
    for (
      let department: number | null = Number(unit.slice(1)) - 1;
      department !== null;
      department = parentOf(department)
    )
      take(this.#below.get(nameDepartment(department)));
    roles.sort((left, right) => left - right);
    return { roles, groups: [...roles, ...groups].sort((left, right) => left - right) };
  }

  get groups(): number {
    return this.#size.roles + this.#size.groupRules;
  }
}
