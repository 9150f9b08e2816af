import { describe, expect, it } from 'vitest';
import { type CommentedDecision, loadConfiguration, type Model } from '../../config/index.ts';
import { checkComment, commentActivationOf } from './comments.ts';

const decisions: readonly CommentedDecision[] = [
  'approveInReview',
  'declineInReview',
  'deleteGapInReconciliation',
  'keepGapInReconciliation',
];

function modelOf(policy: string, role: string): Model {
  const loaded = loadConfiguration([
    {
      path: 'a.xml',
      text: `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <EntityType Identifier="Person" DisplayName_L1="Person"><Property Identifier="Number" IsKey="true" /></EntityType>
  <Policy Identifier="Default" DisplayName_L1="Default" ${policy} />
  <SingleRole Identifier="Sales" DisplayName_L1="Sales" Policy="Default" EntityType="Person" ${role} />
</ConfigurationFile>`,
    },
  ]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.model;
}

function activations(policy: string, role: string): readonly string[] {
  const model = modelOf(policy, role);
  const sales = model.singleRoles.get('Sales');
  if (sales === undefined) throw new Error('no role');
  return decisions.map((decision) => commentActivationOf(model, sales, decision));
}

describe('comments on decisions about roles', () => {
  it('are as the role has them, else as its policy, else as the vocabulary', () => {
    const policy =
      'CommentActivationOnApproveInReview="Required" CommentActivationOnDeclineInReview="Disabled"';

    expect(activations('', '')).toEqual(['Optional', 'Required', 'Optional', 'Required']);
    expect(activations(policy, '')).toEqual(['Required', 'Disabled', 'Optional', 'Required']);
    expect(activations(policy, 'CommentActivationOnApproveInReview="Optional"')).toEqual([
      'Optional',
      'Disabled',
      'Optional',
      'Required',
    ]);
    expect(activations('', 'CommentActivationOnKeepGapInReconciliation="Disabled"')[3]).toBe(
      'Disabled',
    );
  });

  it.each([
    ['Required', null, 'DECISION_COMMENT_REQUIRED'],
    ['Required', ' \t', 'DECISION_COMMENT_REQUIRED'],
    ['Required', 'why', 'why'],
    ['Optional', null, null],
    ['Optional', ' ', null],
    ['Disabled', 'why', 'DECISION_COMMENT_DISABLED'],
    ['Disabled', '', null],
  ])('that are %s, given %j: %j', (activation, comment, expected) => {
    const model = modelOf('', `CommentActivationOnKeepGapInReconciliation="${activation}"`);
    const check = (): string | null => {
      try {
        return checkComment(model, model.singleRoles.values(), 'keepGapInReconciliation', comment);
      } catch (error) {
        return (error as { readonly code: string }).code;
      }
    };

    expect(check()).toBe(expected);
  });
});
