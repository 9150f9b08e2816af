/** The JSON Schema of test files, for editors: completion, help and what is allowed where. */
import type { JsonSchema } from '../schema/json-schema.ts';
import {
  describeProvisioningState,
  describeWorkflowState,
  provisioningStates,
  workflowStates,
} from '../states.ts';
import { decisionKinds, orderChanges } from './types.ts';
import {
  decisionKeys,
  fileKeys,
  laterStepKeys,
  orderKeys,
  ownerKeys,
  resourceKeys,
  testKeys,
} from './vocabulary.ts';

const text = { type: 'string' };
const reference = (name: string) => ({ $ref: `#/$defs/${name}` });
const listOf = (items: object) => ({ type: 'array', items });
const mapOf = (values: object) => ({ type: 'object', additionalProperties: values });

/** Schema of every key, in the order of the vocabulary, with its help. */
function describeKeys(
  keys: Readonly<Record<string, string>>,
  schemas: Readonly<Record<string, object>>,
  required: readonly string[] = [],
): object {
  const properties = Object.entries(keys).map(([key, description]) => [
    key,
    { ...schemas[key], description },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
}

export function generateTestFileSchema(): JsonSchema {
  const step = {
    on: { ...text, pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d)?Z?)?$' },
    given: mapOf(listOf(reference('row'))),
    tables: mapOf({ anyOf: [listOf(reference('row')), text] }),
    removed: mapOf(listOf(text)),
    expect: listOf(reference('owner')),
    dataTests: mapOf({ enum: ['passed', 'failed'] }),
  };
  const laterSteps = listOf(reference('laterStep'));
  const labels = (all: readonly string[]) => ({ enum: [...new Set(all)] });
  const order = { enum: [...orderChanges] };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Test of a configuration',
    ...describeKeys(fileKeys, {
      $schema: text,
      name: text,
      ...step,
      later: laterSteps,
      tests: listOf(reference('test')),
    }),
    $defs: {
      value: {
        anyOf: [{ type: ['string', 'number', 'boolean', 'null'] }, listOf(text)],
      },
      row: mapOf(reference('value')),
      test: describeKeys(
        testKeys,
        {
          name: text,
          ...step,
          later: laterSteps,
        },
        ['name'],
      ),
      laterStep: describeKeys(laterStepKeys, {
        ...step,
        deliver: { type: 'boolean' },
        decide: listOf(reference('decision')),
      }),
      decision: describeKeys(
        decisionKeys,
        { decision: { enum: [...decisionKinds] }, owner: text, resourceType: text, property: text },
        ['decision', 'owner', 'resourceType'],
      ),
      owner: describeKeys(
        ownerKeys,
        {
          owner: text,
          match: { enum: ['exact', 'partial'] },
          properties: reference('row'),
          roles: listOf(text),
          resourceTypes: mapOf({
            anyOf: [reference('resource'), listOf(reference('resource')), { type: 'null' }],
          }),
        },
        ['owner'],
      ),
      resource: describeKeys(resourceKeys, {
        workflow: labels(Object.values(workflowStates).map(describeWorkflowState)),
        provisioning: labels(Object.values(provisioningStates).map(describeProvisioningState)),
        target: { type: ['string', 'null'] },
        from: { type: ['string', 'null'] },
        until: { type: ['string', 'null'] },
        values: reference('row'),
        differs: listOf(text),
        order: {
          anyOf: [
            order,
            describeKeys(orderKeys, { change: order, values: reference('row') }, ['change']),
          ],
        },
      }),
    },
  };
}
