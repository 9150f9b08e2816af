import { describe, expect, it } from 'vitest';
import { compile, context, makeUser, problemsOf } from '../expression-fixture.ts';
import { QueryResources } from '../query/query-resources.ts';
import type { EvaluationContext, ReadPair, ResourceView } from '../values.ts';

/** Jeanne Müller (1), her manager Boss (2), and the groups Users (11) and Admins (12). */
const queries = new QueryResources((entityType) => {
  const user = makeUser();
  const all: readonly (ResourceView | null)[] = [user, user.one('Manager'), ...user.many('Groups')];
  return all.filter((one) => one !== null).filter((one) => one.entityType === entityType);
});
const withQueries: EvaluationContext = { ...context, queries };

function run(code: string, user: ResourceView = makeUser()): string | null {
  const result = compile({ expression: `C#:u:${code}` });
  if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
  const value = result.expression.evaluate(user, withQueries);
  return value.kind === 'text' ? value.value : '?';
}

describe('queryHandler', () => {
  it.each([
    [
      'queryHandler.Select<User>("select LastName where LastName = \\"Boss\\"").First().LastName',
      'Boss',
    ],
    ['queryHandler.Select<User>($"select Id where Id = {u.Id}").Count().ToString()', '1'],
    [
      'queryHandler.Select<User>("select LastName where LastName = \\"" + u.LastName + "\\"").FirstOrDefault()?.LastName',
      'Müller',
    ],
    ['queryHandler.Select<User>("where LastName %=% \\"" + "o" + "s\\"").Any() ? "y" : "n"', 'y'],
    [
      'queryHandler.Select<User>(@"select LastName where LastName = ""boss""").First().LastName',
      'Boss',
    ],
    ['queryHandler.Select<Group>($@"select Name where Level = {1 + 2}").Single().Name', 'Admins'],
    [
      'queryHandler.Select<Group>("select Name order by Name asc").Select(g => g.Name).First()',
      'Admins',
    ],
    [
      'string.Join(",", queryHandler.Select<Group>("select Name, Level").Where(g => g.Level > 0).OrderBy(g => g.Level).Select(g => g.Name))',
      'Users,Admins',
    ],
    [
      'queryHandler.Select<User>("select Manager.LastName where Manager != null").First().Manager.LastName',
      'Boss',
    ],
    [
      'queryHandler.Select<User>($"select Id where Start = \\"{u.Start}\\"").Count().ToString()',
      '1',
    ],
    [
      'queryHandler.Select<User>($"select Id where Start = \\"{u.Start:yyyy-MM-ddTHH:mm:ssZ}\\"").Count().ToString()',
      '1',
    ],
    [
      'queryHandler.Select<User>($"select Id where Manager = {u.Manager}").First().Id.ToString()',
      '1',
    ],
  ])('%s', (code, expected) => {
    expect(run(`return ${code};`)).toBe(expected);
  });

  it('takes data as data, whatever they look like', () => {
    const hostile = makeUser(undefined, { LastName: 'x" or LastName != "' });
    const code =
      'return queryHandler.Select<User>($"select Id where LastName = \\"{u.LastName}\\"").Count().ToString();';

    expect(run(code, hostile)).toBe('0');
  });

  it.each([
    ['queryHandler.Select<Usr>("select Id")', 'Usr: There is no entity type Usr.'],
    ['queryHandler.Select("select Id")', 'Select: Select needs the entity type'],
    ['queryHandler.Find<User>("select Id")', 'Find: queryHandler.Find is unknown.'],
    [
      'queryHandler.Select<User>(u.LastName)',
      'u.LastName: The text of this query is known only when it runs',
    ],
    [
      'queryHandler.Select<User>("select LastNme")',
      'LastNme: The entity type User has no property LastNme.',
    ],
    [
      'queryHandler.Select<User>("select \\"x\\" LastNme")',
      '\\"x\\": The name of a property is expected here.',
    ],
    [
      'queryHandler.Select<User>($"where {{ LastNme = 1")',
      '{{: This character has no meaning in a query.',
    ],
    [
      'queryHandler.Select<User>($"select Id where {u.LastName} = 1")',
      'u.LastName: The name of a property is expected here.',
    ],
    [
      'queryHandler.Select<User>("select Id where " + u.LastName)',
      'u.LastName: The name of a property is expected here.',
    ],
    [
      'queryHandler.Select<User>($"where Age = {u.LastName}")',
      'u.LastName: User:Age is of type Int32; it cannot be compared with string.',
    ],
    [
      'queryHandler.Select<User>(@"where LastName = ""x"" and Age = 1")',
      'and: Comparisons are combined inside parentheses.',
    ],
    [
      'queryHandler.Select<User>("select Id where Age > \\"4\\"").Count()',
      '\\"4\\": User:Age is of type Int32',
    ],
  ])('refuses %s', (code, problem) => {
    const [found] = problemsOf(`return ${code}.Count().ToString();`);

    expect(found).toContain(problem);
  });

  it('refuses to read what is not selected', () => {
    const code = 'return queryHandler.Select<User>("select LastName").First().Mail;';

    expect(problemsOf(code)).toEqual([
      'Mail: The query that finds this User does not select Mail.',
    ]);
  });

  it('fails at run time where the checker loses sight of what was selected', () => {
    const code =
      'User x = u; x = queryHandler.Select<User>("select LastName where LastName = \\"Boss\\"").First(); return x.Age.ToString();';

    expect(() => run(code)).toThrow('does not select it');
  });

  it('says what it reads of any resource', () => {
    const result = compile({
      expression:
        'C#:u:return queryHandler.Select<User>($"select LastName where Mail = {u.Mail}").First().LastName;',
    });

    expect(result.status).toBe('compiled');
    if (result.status === 'rejected') return;
    const queried = new Set<ReadPair>(['User:Id', 'User:LastName', 'User:Mail']);
    expect(result.expression.queried).toEqual(queried);
  });

  it('fails plainly where nothing can be queried', () => {
    const result = compile({
      expression: 'C#:return queryHandler.Select<User>("select Id").Count().ToString();',
    });

    if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
    expect(() => result.expression.evaluate(null, context)).toThrow('nothing can be queried');
  });
});
