/** A day in the life of the company: people join, move, take a second post, are promoted, leave; a manager hands over. */
import { createRandom, type Table, type Tables } from './tables.ts';

export interface DayOfChanges {
  readonly joiners: number;
  readonly movers: number;
  /** A second department beside the first. */
  readonly doublers: number;
  readonly promotions: number;
  readonly leavers: number;
}

const still = '9999-01-01';
const titles = ['Staff', 'Senior Staff', 'Engineer', 'Senior Engineer', 'Technique Leader'];
/** Its manager hands over to somebody of the department, and leaves. */
const departmentOfSuccession = 'd002';

type Rows = string[][];

/**
 * The tables after the day: the same seed gives the same day. Positions, titles and manager rows that end are closed with
 * `today`; what follows begins `today`. No person is touched twice.
 */
export function changeCompany(
  tables: Tables,
  day: DayOfChanges,
  today: string,
  seed: number,
): Tables {
  const random = createRandom(seed);
  const next = {
    employees: copyRows(tables.employees),
    dept_emp: copyRows(tables.dept_emp),
    dept_manager: copyRows(tables.dept_manager),
    titles: copyRows(tables.titles),
  };
  const departments = tables.departments.rows.map(([code = '']) => code);
  const managers = new Set(next.dept_manager.map(([number = '']) => number));
  const employed = next.dept_emp
    .filter((row) => row[3] === still)
    .map(([number = '']) => number)
    .filter((number) => !managers.has(number));
  const take = (): string => {
    const [number] = employed.splice(Math.floor(random() * employed.length), 1);
    if (number === undefined) throw new Error('the company is too small for such a day');
    return number;
  };
  const otherThan = (value: string | undefined, values: readonly string[]): string => {
    const others = values.filter((each) => each !== value);
    return others[Math.floor(random() * others.length)] ?? '';
  };
  const openRow = (rows: Rows, number: string): string[] | undefined =>
    rows.find((row) => row[0] === number && row[3] === still);
  const close = (rows: Rows, number: string): string[] | undefined => {
    const row = openRow(rows, number);
    if (row !== undefined) row[3] = today;
    return row;
  };

  for (let index = 0; index < day.movers; index += 1) {
    const number = take();
    const department = otherThan(close(next.dept_emp, number)?.[1], departments);
    next.dept_emp.push([number, department, today, still]);
  }
  for (let index = 0; index < day.doublers; index += 1) {
    const number = take();
    const department = otherThan(openRow(next.dept_emp, number)?.[1], departments);
    next.dept_emp.push([number, department, today, still]);
  }
  for (let index = 0; index < day.promotions; index += 1) {
    const number = take();
    const title = otherThan(close(next.titles, number)?.[1], titles);
    next.titles.push([number, title, today, still]);
  }
  for (let index = 0; index < day.leavers; index += 1) {
    // Not with their manager: which of two accounts goes first would decide whether one is still taken out of the other.
    let number = take();
    while (openRow(next.dept_emp, number)?.[1] === departmentOfSuccession) number = take();
    close(next.dept_emp, number);
    close(next.titles, number);
  }
  for (let index = 0; index < day.joiners; index += 1) {
    const number = String(600_001 + index);
    next.employees.push([number, '1990-01-01', 'Newcomer', `Number${index}`, 'F', today]);
    next.dept_emp.push([number, otherThan(undefined, departments), today, still]);
    next.titles.push([number, otherThan(undefined, titles), today, still]);
  }

  const old = next.dept_manager.find(
    (row) => row[1] === departmentOfSuccession && row[3] === still,
  );
  const successor = employed.find(
    (number) => openRow(next.dept_emp, number)?.[1] === departmentOfSuccession,
  );
  if (old?.[0] === undefined || successor === undefined) throw new Error('nobody can succeed');
  old[3] = today;
  next.dept_manager.push([successor, departmentOfSuccession, today, still]);
  close(next.dept_emp, old[0]);
  close(next.titles, old[0]);

  const withRows = (table: Table, rows: Rows): Table => ({ columns: table.columns, rows });
  return {
    employees: withRows(tables.employees, next.employees),
    departments: tables.departments,
    dept_emp: withRows(tables.dept_emp, next.dept_emp),
    dept_manager: withRows(tables.dept_manager, next.dept_manager),
    titles: withRows(tables.titles, next.titles),
  };
}

function copyRows(table: Table): Rows {
  return table.rows.map((row) => [...row]);
}
