import { describe, expect, it } from 'vitest';
import { accountType, assigned, Graph, matchesOf, modelOf, optionsOf } from './graph.fixture.ts';
import { evaluateOrphanedOwner } from './orphaned-owner.ts';
import type { AssignedResourceType } from './types.ts';

function orphaned(
  row: AssignedResourceType,
  flags: { readonly removeOrphans: boolean; readonly allowRemove: boolean },
  hasTarget = true,
): readonly AssignedResourceType[] {
  const graph = hasTarget ? new Graph().put('Account', 10, {}) : new Graph();
  const model = modelOf({ resourceTypes: [accountType(flags)] });
  return evaluateOrphanedOwner(model, [row], matchesOf(graph, model), optionsOf());
}

const both = { removeOrphans: true, allowRemove: true };

describe('assignments of an owner that is gone', () => {
  it('end in a deletion only with both switches', () => {
    expect(orphaned(assigned(), both)).toMatchObject([{ workflowState: 19, provisioningState: 1 }]);
    expect(orphaned(assigned(), { ...both, removeOrphans: false })).toEqual([]);
    expect(orphaned(assigned(), { ...both, allowRemove: false })).toEqual([]);
  });

  it('never delete what was found, suggested or declined', () => {
    const suggested = assigned({ confidence: 80, blockedBy: ['confidence'], provisioningState: 5 });

    expect(orphaned(assigned({ workflowState: 1, provisioningState: 0 }), both)).toEqual([]);
    expect(orphaned(suggested, both)).toEqual([]);
    expect(orphaned(assigned({ confidence: 80, isDenied: true }), both)).toEqual([]);
  });

  it('wait for what is on its way', () => {
    const sent = assigned({ provisioningState: 2, orderId: 7 });

    expect(orphaned(sent, { removeOrphans: false, allowRemove: false })).toEqual([sent]);
  });

  it('carry out the deletion a person asked for', () => {
    const asked = assigned({ workflowState: 20, provisioningState: 1 });

    expect(orphaned(asked, { removeOrphans: false, allowRemove: false })).toEqual([asked]);
  });

  it('close once the target is gone, and stay the same until then', () => {
    const deleted = assigned({ workflowState: 19, provisioningState: 8 });

    expect(orphaned(deleted, both, false)).toEqual([]);
    expect(orphaned(deleted, both)).toEqual([deleted]);
  });
});
