/**
 * The company of the role model: people of the sample `employees`, whose positions and titles end, begin and pause around
 * today, as rows of records. Nothing of the engine is used here.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { changeCompany } from '../employees/change-company.ts';
import {
  formatTable,
  type Table,
  type Tables,
  tableNames,
  takePeople,
} from '../employees/tables.ts';

const still = '9999-01-01';
const dayMs = 86_400_000;

/** So many people, of whom some have just moved, paused, been promoted or left, or will do so in the next weeks. */
export function makeCompany(all: Tables, people: number, today: string): Tables {
  const share = Math.max(5, Math.floor(people / 50));
  const day = {
    joiners: share,
    movers: share,
    doublers: share,
    promotions: share,
    leavers: share,
  };
  const tables = changeCompany(takePeople(all, people), day, today, 20_261_121);
  return planAhead(tables, share, today);
}

/** What is known before it happens, and what was over before something new began. */
function planAhead(tables: Tables, share: number, today: string): Tables {
  const at = (days: number): string =>
    new Date(Date.parse(today) + days * dayMs).toISOString().slice(0, 10);
  const employees = tables.employees.rows.map((row) => [...row]);
  const posts = tables.dept_emp.rows.map((row) => [...row]);
  const titles = tables.titles.rows.map((row) => [...row]);
  const old = at(-60);
  const isSettled = (rows: readonly (readonly string[])[] = []): boolean =>
    rows.filter((row) => row[3] === still).length === 1 &&
    rows.every((row) => (row[2] ?? '') < old);
  const [postsOf, titlesOf] = [posts, titles].map((rows) => Map.groupBy(rows, (row) => row[0]));
  const settled = employees
    .map(([number = '']) => number)
    .filter((number) => isSettled(postsOf?.get(number)) && isSettled(titlesOf?.get(number)));
  const take = (): readonly string[] => settled.splice(0, share);
  const end = (rows: string[][], number: string, date: string): string => {
    const row = rows.find((each) => each[0] === number && each[3] === still);
    if (row !== undefined) row[3] = date;
    return row?.[1] ?? '';
  };
  // Between two positions today.
  for (const number of take()) posts.push([number, end(posts, number, at(-10)), at(20), still]);
  // A pause that is to come.
  for (const number of take()) posts.push([number, end(posts, number, at(30)), at(40), still]);
  // A title that is over, and no other.
  for (const number of take()) end(titles, number, at(-5));
  // Promotions to come.
  for (const number of take()) {
    end(titles, number, at(30));
    titles.push([number, 'Technique Leader', at(30), still]);
  }
  // Leaving soon.
  for (const number of take()) end(posts, number, at(14));
  // Beginning soon.
  for (let index = 0; index < share; index += 1) {
    const number = String(700_001 + index);
    employees.push([number, '1991-01-01', 'Future', `Number${index}`, 'F', at(7)]);
    posts.push([number, `d00${(index % 9) + 1}`, at(7), still]);
    titles.push([number, 'Staff', at(7), still]);
  }
  const withRows = (table: Table, rows: readonly (readonly string[])[]): Table => ({
    columns: table.columns,
    rows,
  });
  return {
    ...tables,
    employees: withRows(tables.employees, employees),
    dept_emp: withRows(tables.dept_emp, posts),
    titles: withRows(tables.titles, titles),
  };
}

/** The tables as they are, in a database of their own. */
export function openTables(tables: Tables): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  for (const name of tableNames) {
    const { columns, rows } = tables[name];
    db.exec(`create table ${name} (${columns.map((column) => `"${column}" text`).join(', ')})`);
    db.exec(`create index ${name}_first on ${name} (${columns[0]})`);
    const insert = db.prepare(`insert into ${name} values (${columns.map(() => '?').join(', ')})`);
    db.exec('begin');
    for (const row of rows) insert.run(...row);
    db.exec('commit');
  }
  return db;
}

/** One row per position and title that held at the same time; what has no counterpart stands alone. */
const recordsQuery = `
  with
  posts as (select *, emp_no || '/' || dept_no || '/' || from_date as key from dept_emp),
  named as (select *, emp_no || '/' || title || '/' || from_date as key from titles),
  pairs as (
    select p.emp_no as emp_no, p.key as post, t.key as named from posts p
    join named t on t.emp_no = p.emp_no and t.from_date < p.to_date and p.from_date < t.to_date
    union all
    select p.emp_no, p.key, null from posts p where not exists (
      select 1 from named t
      where t.emp_no = p.emp_no and t.from_date < p.to_date and p.from_date < t.to_date)
    union all
    select t.emp_no, null, t.key from named t where not exists (
      select 1 from posts p
      where t.emp_no = p.emp_no and t.from_date < p.to_date and p.from_date < t.to_date)
  ),
  contracts as (
    select emp_no, min(from_date) as start, max(to_date) as end from dept_emp group by emp_no
  )
  select coalesce(x.post, x.emp_no) || '+' || coalesce(x.named, '') as record_key, x.emp_no as emp_no,
    c.start as contract_start, c.end as contract_end,
    x.post as position_key, p.from_date as position_start, p.to_date as position_end,
    p.dept_no as dept_no,
    t.from_date as title_start, t.to_date as title_end, t.title as title
  from pairs x
  left join contracts c on c.emp_no = x.emp_no
  left join posts p on p.key = x.post
  left join named t on t.key = x.named
  order by 1`;

/** The files that the configuration reads. */
export async function writeCompany(
  folder: string,
  tables: Tables,
  db: DatabaseSync,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const query = (sql: string): Table => {
    const rows = db.prepare(sql).all() as Readonly<Record<string, string | null>>[];
    const columns = Object.keys(rows[0] ?? {});
    return { columns, rows: rows.map((row) => columns.map((column) => row[column] ?? '')) };
  };
  const files = {
    employees: tables.employees,
    departments: tables.departments,
    job_titles: query('select distinct title from titles order by 1'),
    records: query(recordsQuery),
  };
  for (const [name, table] of Object.entries(files))
    await writeFile(join(folder, `${name}.csv`), formatTable(table));
}
