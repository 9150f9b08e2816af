import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import { noteDependencies } from './dependencies.ts';
import { accountType, assigned, Graph, modelOf } from './graph.fixture.ts';

const mailbox = (type: Partial<ResourceType> = {}) =>
  accountType({ identifier: 'Mailbox', dependsOn: 'Account', ...type });
const creation = assigned({
  id: 2,
  resourceType: 'Mailbox',
  targetId: null,
  provisioningState: 1,
  blockedBy: [],
});
const account = (parts: Parameters<typeof assigned>[0]) =>
  assigned({ id: 1, resourceType: 'Account', ...parts });
const owner = new Graph().put('Person', 1, { Code: 'E1', Title: null }).get('Person', 1);

function reasonsOf(rows: readonly ReturnType<typeof assigned>[], type = mailbox()) {
  const model = modelOf({ resourceTypes: [accountType(), type] });
  return noteDependencies(model, owner, rows).find((row) => row.resourceType === 'Mailbox')
    ?.blockedBy;
}

describe('a creation that depends on something else of its owner', () => {
  it('says what it waits for until that is there', () => {
    expect(reasonsOf([creation])).toEqual(['dependency']);
    const pending = account({ targetId: null, provisioningState: 1 });
    expect(reasonsOf([pending, creation])).toEqual(['dependency']);
    const executed = account({ targetId: null, provisioningState: 8 });
    const noted = { ...creation, blockedBy: ['dependency'] as const };
    expect(reasonsOf([executed, noted])).toEqual([]);
    expect(reasonsOf([account({ targetId: 10 }), noted])).toEqual([]);
  });

  it('waits for a property of its owner likewise', () => {
    const type = { dependsOn: undefined, dependsOnOwnerProperty: 'Title' } as object;
    expect(reasonsOf([creation], mailbox(type))).toEqual(['dependency']);
    const filled = { dependsOn: undefined, dependsOnOwnerProperty: 'Code' } as object;
    expect(reasonsOf([creation], mailbox(filled))).toEqual([]);
  });

  it.each([
    ['what exists', { targetId: 11 }],
    ['what waits for a person', { provisioningState: 5 as const }],
    ['a deletion', { workflowState: 19 as const }],
  ])('is nothing to %s', (_, parts) => {
    expect(reasonsOf([{ ...creation, ...parts }])).toEqual([]);
  });
});
