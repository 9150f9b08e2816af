/** Checks roles and the rules that give them against each other. */
import { checkCriteriaAreReachable, type DimensionSlots } from './check-criteria.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { type Declared, textOf } from './schema/declare.ts';

interface RoleRuleShape {
  readonly element: 'SingleRoleRule' | 'CompositeRoleRule';
  readonly roles: 'SingleRole' | 'CompositeRole';
  /** The attribute that names the composite role an owner must hold. */
  readonly via: 'CompositeRole' | 'ParentRole';
}

const shapes: readonly RoleRuleShape[] = [
  { element: 'CompositeRoleRule', roles: 'CompositeRole', via: 'ParentRole' },
  { element: 'SingleRoleRule', roles: 'SingleRole', via: 'CompositeRole' },
];

export function checkRoles(names: Names, slots: DimensionSlots, findings: Findings): void {
  for (const shape of shapes) {
    for (const rule of names.all(shape.element)) {
      const role = names.find(shape.roles, textOf(rule, 'Role') ?? '');
      const owners = role === undefined ? undefined : textOf(role, 'EntityType');
      checkCriteriaAreReachable(rule, owners, names, slots, findings);
      if (role === undefined) continue;
      checkType(rule, role, findings);
      checkVia(rule, shape, role, names, findings);
      checkExternal(rule, role, names, findings);
    }
  }
  checkRoleCycles(names, findings);
  checkCategoryCycles(names, findings);
}

/** What is only proposed has to be asked for. */
function checkType(rule: Declared, role: Declared, findings: Findings): void {
  const type = rule.values['Type'];
  if (type !== 'Suggested' && type !== 'RequestedAutomatically') return;
  if (role.values['ApprovalWorkflowType'] !== 'ManualAssignmentNotAllowed') return;
  findings.report(spanOf(rule, 'Type'), {
    code: 'CONFIG_ROLE_RULE_CONFLICT',
    message: `The rule proposes ${role.definition.name} "${textOf(role, 'Identifier') ?? ''}", which nobody may ask for.`,
    hint: 'Give the role an ApprovalWorkflowType other than ManualAssignmentNotAllowed, or the rule the Type Required.',
  });
}

/** Nobody holds a role of another entity type. */
function checkVia(
  rule: Declared,
  { via }: RoleRuleShape,
  role: Declared,
  names: Names,
  findings: Findings,
): void {
  const needed = names.find('CompositeRole', textOf(rule, via) ?? '');
  if (needed === undefined) return;
  const owners = textOf(role, 'EntityType');
  const holders = textOf(needed, 'EntityType');
  if (owners === undefined || holders === undefined || owners === holders) return;
  findings.report(spanOf(rule, via), {
    code: 'CONFIG_ROLE_RULE_CONFLICT',
    message: `The rule gives a role of ${owners} to holders of CompositeRole "${textOf(needed, 'Identifier') ?? ''}", who are of ${holders}.`,
    hint: 'Name a composite role of the same entity type.',
  });
}

function checkExternal(rule: Declared, role: Declared, names: Names, findings: Findings): void {
  const policy = names.find('Policy', textOf(role, 'Policy') ?? '');
  if (policy?.values['IsExternal'] !== true) return;
  findings.report(spanOf(rule, 'Role'), {
    code: 'CONFIG_ROLE_RULE_CONFLICT',
    severity: 'warning',
    message: `The rule has no effect: the roles of Policy "${textOf(policy, 'Identifier') ?? ''}" are kept elsewhere.`,
    hint: 'Set IsExternal to false on the policy, or remove the rule.',
  });
}

/** Composite roles that are given because of each other: a rule that denies gives nothing. */
function checkRoleCycles(names: Names, findings: Findings): void {
  const rules = names.all('CompositeRoleRule').filter((rule) => rule.values['IsDenied'] !== true);
  const parents = new Map<string, { readonly rule: Declared; readonly parent: string }[]>();
  for (const rule of rules) {
    const role = textOf(rule, 'Role');
    const parent = textOf(rule, 'ParentRole');
    if (role === undefined || parent === undefined) continue;
    parents.set(role, [...(parents.get(role) ?? []), { rule, parent }]);
  }
  const done = new Set<string>();
  for (const start of parents.keys()) {
    const path = findCircle(start, parents, done);
    if (path === null) continue;
    const [first] = parents.get(path[0] ?? '')?.filter(({ parent }) => parent === path[1]) ?? [];
    if (first === undefined) continue;
    findings.report(spanOf(first.rule, 'ParentRole'), {
      code: 'CONFIG_ROLE_CYCLE',
      message: `Composite roles are given by each other: ${path.join(' → ')}.`,
      hint: 'Remove one ParentRole of the circle.',
    });
  }
}

/** A way from a role back to itself through the roles it is given by, each role looked at once over all calls. */
function findCircle(
  start: string,
  parents: ReadonlyMap<string, readonly { readonly parent: string }[]>,
  done: Set<string>,
): readonly string[] | null {
  const path: string[] = [];
  const visit = (role: string): readonly string[] | null => {
    const at = path.indexOf(role);
    if (at !== -1) return [...path.slice(at), role];
    if (done.has(role)) return null;
    path.push(role);
    for (const { parent } of parents.get(role) ?? []) {
      const circle = visit(parent);
      if (circle !== null) return circle;
    }
    path.pop();
    done.add(role);
    return null;
  };
  const circle = visit(start);
  for (const role of path) done.add(role);
  return circle;
}

function checkCategoryCycles(names: Names, findings: Findings): void {
  const reported = new Set<string>();
  for (const declared of names.all('Category')) {
    const path: string[] = [];
    let current = textOf(declared, 'Identifier');
    while (current !== undefined && !path.includes(current)) {
      path.push(current);
      const found = names.find('Category', current);
      current = found === undefined ? undefined : textOf(found, 'Parent');
    }
    if (current === undefined || reported.has(current) || current !== path[0]) continue;
    for (const name of path) reported.add(name);
    findings.report(spanOf(declared, 'Parent'), {
      code: 'CONFIG_ROLE_CYCLE',
      message: `Categories contain each other: ${[...path, current].join(' → ')}.`,
      hint: 'Remove one Parent of the circle.',
    });
  }
}
