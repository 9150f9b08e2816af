import { describe, expect, it } from 'vitest';
import type { ProvisioningState, WorkflowState } from '../../config/index.ts';
import { consolidate, type StatedPart } from './consolidated-state.ts';

const part = (workflowState: WorkflowState, provisioningState: ProvisioningState): StatedPart => ({
  workflowState,
  provisioningState,
});
const verified = part(18, 4);

describe('the consolidated state of an assignment', () => {
  it('is its own when no value deviates', () => {
    expect(consolidate(verified, [])).toEqual({
      provisioningState: 4,
      reviewState: null,
      blocked: 0,
      found: 0,
      foundState: null,
    });
    expect(consolidate(part(1, 0), []).provisioningState).toBe(0);
  });

  it('is the most urgent of all', () => {
    const urgency: readonly ProvisioningState[] = [7, 3, 5, 1, 2, 8, 4];
    for (const [index, state] of urgency.entries()) {
      const others = urgency.slice(index).map((less) => part(18, less));

      expect(consolidate(part(18, state), others).provisioningState).toBe(state);
      expect(consolidate(verified, [...others, part(18, 0), part(18, 6)]).provisioningState).toBe(
        state,
      );
    }
  });

  it('counts what waits for review and what was found, itself included', () => {
    const values = [part(18, 5), part(3, 0), part(1, 0), part(18, 1)];

    expect(consolidate(part(18, 5), values)).toMatchObject({ blocked: 2, found: 2, foundState: 1 });
    expect(consolidate(part(3, 0), [part(3, 0)])).toMatchObject({ found: 2, foundState: 3 });
  });

  it('says where the approval of a request stands', () => {
    expect(consolidate(part(9, 0), []).reviewState).toBe(9);
    expect(consolidate(part(16, 1), []).reviewState).toBeNull();
  });

  it('does not wait for a value that is written once', () => {
    expect(consolidate(verified, [part(218, 8)]).provisioningState).toBe(4);
  });
});
