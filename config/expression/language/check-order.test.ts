import { describe, expect, it } from 'vitest';
import type { ExpectedValue } from '../compile-request.ts';
import { compile, context, makeResource, makeUser } from '../expression-fixture.ts';
import type { OrderView } from '../values.ts';

const expected: ExpectedValue = { kind: 'arguments', orderOf: 'User' };

/** An update of the age, the site, and one group more. */
const order: OrderView = {
  changeType: 'updated',
  hasChanged: (property) => ['Age', 'Site', 'Groups'].includes(property),
  scalar: (property) => (property === 'Age' ? '42' : undefined),
  added: (property) =>
    property === 'Groups' ? [makeResource('Group', 12, { Name: 'Admins' })] : [],
  removed: () => [],
};

function run(code: string, given: OrderView | undefined = order): unknown {
  const result = compile({ expression: `C#:resource:${code}`, expected });
  if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
  const value = result.expression.evaluate(makeUser(), {
    ...context,
    ...(given === undefined ? {} : { order: given }),
  });
  return value.kind === 'arguments' ? { ...value.value } : value;
}

function problems(code: string): readonly string[] {
  const result = compile({ expression: `C#:resource:${code}`, expected });
  return result.status === 'rejected' ? result.problems.map((one) => one.message) : [];
}

const start = 'var arguments = new Dictionary<string, string>();';

describe('provisioningOrder', () => {
  it('tells what changes', () => {
    const code = `${start}
      if (provisioningOrder != null && provisioningOrder.ChangeType.IsUpdated()) arguments.Add("type", "updated");
      if (provisioningOrder.ChangeType.IsAdded() || provisioningOrder.ChangeType.IsDeleted() || provisioningOrder.ChangeType.IsNone()) arguments.Add("other", "x");
      if (provisioningOrder.HasChanged("Age")) arguments.Add("age", "changed");
      if (provisioningOrder.HasChanged("Mail")) arguments.Add("mail", "changed");
      if (provisioningOrder.TryGetScalar("Age", out var age)) arguments.Add("newAge", age.ToString());
      if (provisioningOrder.TryGetAddedNavigations("Groups", out var groups)) arguments.Add("groups", string.Join(",", groups.Select(g => g.Name)));
      if (provisioningOrder.TryGetRemovedNavigations("Groups", out var gone)) arguments.Add("gone", "x");
      arguments.Add("of", resource.LastName);
      return arguments;`;

    expect(run(code)).toEqual({
      type: 'updated',
      age: 'changed',
      newAge: '42',
      groups: 'Admins',
      of: 'Müller',
    });
  });

  it('is null where there is no order', () => {
    const code = `${start} if (provisioningOrder == null) { arguments.Add("none", "yes"); } return arguments;`;
    const result = compile({ expression: `C#:resource:${code}`, expected });
    if (result.status === 'rejected') throw new Error(JSON.stringify(result.problems));
    const value = result.expression.evaluate(makeUser(), context);

    expect(value).toMatchObject({ kind: 'arguments' });
    expect(value.kind === 'arguments' ? { ...value.value } : null).toEqual({ none: 'yes' });
  });

  it('may stand behind ?.', () => {
    const code = `${start} if (provisioningOrder?.ChangeType?.IsUpdated() == true) arguments.Add("a", "b"); return arguments;`;

    expect(run(code)).toEqual({ a: 'b' });
  });

  it.each([
    ['provisioningOrder.HasChanged("Agee")', 'The entity type User has no property Agee.'],
    ['provisioningOrder.HasChanged(resource.LastName)', 'must be written here as a text'],
    ['provisioningOrder.HasChange("Age")', 'provisioningOrder has no method HasChange.'],
    ['provisioningOrder.ChangeType.IsModified()', 'ChangeType has no method IsModified.'],
    ['provisioningOrder.TryGetScalar("Groups", out var x)', 'Groups is a navigation property.'],
    ['provisioningOrder.TryGetAddedNavigations("Age", out var x)', 'Age is a value.'],
    ['provisioningOrder.TryGetScalar("Age")', 'is given something else than it takes'],
  ])('refuses %s', (condition, message) => {
    const found = problems(`${start} if (${condition}) arguments.Add("a", "b"); return arguments;`);

    expect(found[0]).toContain(message);
  });

  it('exists for arguments only', () => {
    const result = compile({ expression: 'C#:u:return provisioningOrder == null ? "a" : "b";' });

    expect(result.status === 'rejected' ? result.problems[0]?.message : null).toContain(
      'in the ArgumentsExpression of a resource type only',
    );
  });
});
