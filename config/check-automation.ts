/** Checks rules that decide after a time: that they name what they are about, and can ever decide something. */
import { targetOf } from './build/automation-rules.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { type Declared, textOf } from './schema/declare.ts';
import { targetNames } from './schema/policy-elements.ts';
import { spanOfName } from './source/element-tree.ts';

/** States in which a person could decide. */
const decidable = new Set([
  'Found',
  'Historic',
  'PendingApproval',
  'PendingApproval1Of2',
  'PendingApproval2Of2',
  'PendingApproval1Of3',
  'PendingApproval2Of3',
  'PendingApproval3Of3',
  'PendingApprovalRisk',
  'Prolonged',
]);
const found = new Set(['Found', 'Historic']);

export function checkAutomationRules(names: Names, findings: Findings): void {
  for (const declared of names.all('AutomationRule')) {
    const target = targetOf(declared);
    if (target !== undefined && !declared.written.has(target)) {
      findings.report(spanOf(declared, 'Type'), {
        code: 'CONFIG_ATTRIBUTE_MISSING',
        message: `An AutomationRule of type ${target} needs the attribute ${target}.`,
        hint: `Add ${target}, or choose another type.`,
      });
    }
    checkDecision(declared, findings);
  }
  for (const target of targetNames) {
    for (const declared of names.all(`${target}AutomationRule`)) checkDecision(declared, findings);
  }
}

function checkDecision(declared: Declared, findings: Findings): void {
  const state = textOf(declared, 'WorkflowState') ?? 'None';
  if (textOf(declared, 'Decision') === undefined) {
    findings.report(spanOfName(declared.source), {
      code: 'CONFIG_AUTOMATION_WITHOUT_EFFECT',
      severity: 'warning',
      message: 'The rule decides nothing: it has no Decision.',
      hint: 'Add Decision="Approve" or Decision="Decline".',
    });
  } else if (!decidable.has(state)) {
    findings.report(spanOf(declared, 'WorkflowState'), {
      code: 'CONFIG_AUTOMATION_WITHOUT_EFFECT',
      severity: 'warning',
      message: `The rule decides nothing: nobody decides about assignments in the state ${state}.`,
      hint: `Choose one of ${[...decidable].join(', ')}.`,
    });
  } else if (found.has(state) && declared.slots.some(({ letter }) => letter === 'D')) {
    findings.report(spanOf(declared, 'WorkflowState'), {
      code: 'CONFIG_AUTOMATION_WITHOUT_EFFECT',
      severity: 'warning',
      message:
        'The rule decides nothing: assignments that were found have no parameters to compare.',
      hint: 'Leave the criteria out; they are about the assignment, not about its owner.',
    });
  }
}
