/** R31: published escapes from sandboxes, and expressions that would never end, in a process of their own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compile, context, makeResource, makeUser, run } from './expression-fixture.ts';
import { QueryResources } from './query/query-resources.ts';

interface Tried {
  readonly index: number;
  readonly origin: string;
  readonly kind: string;
  readonly text: string;
  readonly outcome: string;
  readonly milliseconds: number;
}

const child = join(import.meta.dirname, 'hostile-expressions-child.fixture.ts');

/**
 * Escapes that are ordinary code here, or that hold nothing but text: they give a value of the language, which is shown
 * so that a reviewer sees that it is harmless.
 */
const harmless = /^value: /;

describe('hostile expressions', () => {
  it('are refused or stopped in time, and the process goes on', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [child], {
      maxBuffer: 1 << 26,
      timeout: 120_000,
    });
    const lines = stdout.trim().split('\n');
    const end: unknown = JSON.parse(lines.pop() ?? '{}');
    // Written by the child, one of these a line.
    const tried = lines.map((line) => JSON.parse(line) as Tried);

    expect(end).toEqual({ end: true, untouched: true });
    expect(new Set(tried.map((one) => one.index)).size).toBeGreaterThanOrEqual(300);
    expect(tried.filter((one) => one.milliseconds > 100)).toEqual([]);
    expect(tried.filter(({ outcome }) => /silence|without place/.test(outcome))).toEqual([]);
    const values = tried.filter(({ outcome }) => harmless.test(outcome));
    // Nothing of the host shows in a value: no function, no class, no module, no environment.
    const leaks = values.filter(({ outcome }) =>
      /function|\[object|native code|process|uid=|root:|Symbol|constructor|System\./i.test(outcome),
    );
    expect(leaks).toEqual([]);
  }, 150_000);
});

describe('hostile data', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '__defineGetter__',
  ];

  it.each(names)('%s is a value like any other', (name) => {
    const user = makeUser(undefined, { LastName: name });

    expect(run('return u.LastName;', undefined, user)).toBe(name);
    expect(run('return u.LastName + u.LastName.Length;', undefined, user)).toBe(
      `${name}${name.length}`,
    );
    expect(
      run('return u.Groups.Any(g => g.Name == u.LastName) ? "y" : "n";', undefined, user),
    ).toBe('n');
  });

  it.each(names)('%s is no property, type, variable or method', (name) => {
    const texts = [
      `C#:u:return u.${name};`,
      `C#:u:return ${name};`,
      `C#:u:return ${name}.${name};`,
      `C#:u:return u.LastName.${name}();`,
      `C#:u:return ${name}(u);`,
      `C#:u:return new ${name}().ToString();`,
      `C#:u:return ((${name})u).ToString();`,
      `C#:u:return DateTime.${name};`,
      `C#:u:return string.${name}("x");`,
      `C#:u:return queryHandler.Select<${name}>("select Id").Count().ToString();`,
      `C#:u:return queryHandler.Select<User>("select ${name}").Count().ToString();`,
      `C#:u:return queryHandler.Select<User>("join ${name} x").Count().ToString();`,
      `C#:u:return queryHandler.Select<User>("join Manager ${name} where ${name}.${name} = 1").Count().ToString();`,
      name,
      `${name}:x`,
    ];

    for (const expression of texts) {
      expect([expression, compile({ expression }).status]).toEqual([expression, 'rejected']);
    }
    expect(compile({ binding: name }).status).toBe('rejected');
    expect(compile({ binding: `${name}:LastName` }).status).toBe('rejected');
    expect(compile({ binding: `Manager.${name}` }).status).toBe('rejected');
  });

  it.each(names)('%s may be a key of a dictionary and of an argument', (name) => {
    const user = makeUser(undefined, { LastName: name });
    const code = `var d = new Dictionary<string, string>(); d.Add(u.LastName, "a"); d["x"] = "b"; return d[u.LastName] + d.Count;`;

    expect(run(`return "${name}";`)).toBe(name);
    expect(run(code, undefined, user)).toBe('a2');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(names)('%s is found by a query as the text it is', (name) => {
    const user = makeResource('User', 7, { LastName: name });
    const queries = new QueryResources(() => [user]);
    const expression = `C#:u:return queryHandler.Select<User>($"select LastName where LastName = {u.LastName}").First().LastName;`;
    const result = compile({ expression });
    if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
    const evaluated = result.expression.evaluate(user, { ...context, queries });

    expect(evaluated).toEqual({ kind: 'text', value: name });
  });
});
