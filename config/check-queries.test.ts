/** Queries in configuration files: of reports, of expressions, and arguments of orders. */
import { describe, expect, it } from 'vitest';
import { base, findings, load, modelOf, resourceType } from './load-fixture.ts';

function report(query: string): string {
  const text = query.replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<ReportQuery Identifier="Q" DisplayName_L1="Q" ReturnedEntityType="A_User" Query="${text}" />`;
}

function problems(...elements: readonly string[]): readonly string[] {
  return findings(base, ...elements)
    .filter(({ severity }) => severity === 'error')
    .map(({ code, line, column, message }) => `${line}:${column} ${code} ${message}`);
}

describe('queries of reports', () => {
  it.each([
    'select Login, Unit.Code where Name %= "a" order by Login asc',
    'as of "2024-01-01T00:00:00Z" join Unit u select Login where u.Code = "X"',
    'between "2024-01-01T00:00:00Z" and "2024-02-01T00:00:00Z" select Id',
    'contained in ("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z") select Id',
  ])('%s', (query) => {
    expect(problems(report(query))).toEqual([]);
  });

  it('are refused at the very place', () => {
    const element = report('select Login where Nam = "a"');
    const [problem] = problems(element);
    const line = base.split('\n').length + 2;

    expect(problem).toBe(
      `${line}:${element.indexOf('Nam =') + 1} CONFIG_QUERY_INVALID The entity type A_User has no property Nam.`,
    );
  });

  it.each([
    ['as of "yesterday" select Id', 'A date is expected here.'],
    ['join Name n select Id', 'Only navigation properties can be joined'],
    ['select Id where From > 3', 'A_User:From is of type DateTime'],
  ])('refuses %s', (query, message) => {
    expect(problems(report(query))[0]).toContain(message);
  });
});

describe('queries of expressions', () => {
  const query = (property: string): string =>
    `<EntityPropertyExpression Identifier="E" EntityType="A_User" Property="Name" Expression="C#:u:return queryHandler.Select&lt;A_User&gt;(&quot;select ${property}&quot;).First().${property};" />`;

  it('may not read what they compute', () => {
    expect(problems(query('Login'))).toEqual([]);
    expect(problems(query('Name'))[0]).toContain('would depend on its own earlier result');
  });

  it('point into the attribute', () => {
    const element = query('Logn');
    const [problem] = problems(element);
    const line = base.split('\n').length + 2;

    expect(problem).toContain(`${line}:${element.indexOf('Logn') + 1} CONFIG_EXPRESSION_INVALID`);
  });
});

describe('arguments of orders', () => {
  const withArguments = (code: string): string =>
    resourceType(
      '<ScalarRule Property="Id_" Binding="Login" />',
      `ArgumentsExpression="${code.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`,
    );
  const start = 'C#:resource:var a = new Dictionary<string, string>();';

  it('are in the model', () => {
    const code = `${start} if (provisioningOrder.HasChanged("Title")) a.Add("WorkflowIdentifier", resource.Name); return a;`;
    const model = modelOf(load(base, withArguments(code)));

    expect(model.resourceTypes.get('R')?.arguments?.reads).toEqual(new Set(['A_User:Name']));
  });

  it('are checked against the resource that is changed', () => {
    const code = `${start} if (provisioningOrder.HasChanged("Titel")) a.Add("x", "y"); return a;`;

    expect(problems(withArguments(code))[0]).toContain('B_Account has no property Titel');
  });

  it('must be a dictionary', () => {
    expect(problems(withArguments('C#:return "x";'))[0]).toContain('CONFIG_EXPRESSION_INVALID');
  });
});
