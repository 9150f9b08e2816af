/** Outputs of the commands about risks. */
import { choice, count, flag, id, list, nullable, object, text, timestamp } from './parts.ts';

const heldItem = object({
  resourceType: text,
  property: text,
  resource: nullable(text),
  target: nullable(object({ id, key: text, name: text })),
  isPresent: flag,
  through: nullable(text),
});

const identified = {
  id,
  risk: text,
  name: text,
  level: count,
  exemption: text,
  owner: object({ id, key: text, name: text, entityType: text }),
  since: timestamp,
  score: nullable(count),
};

export const riskOutputs = {
  /** `next` is where the next page begins. */
  'risk list': object({ risks: list(object(identified)), total: count, next: nullable(id) }),
  'risk show': object({
    ...identified,
    type: nullable(choice('SoD', 'HighPrivilege')),
    description: nullable(text),
    remediation: nullable(text),
    rules: list(object({ rule: count, items: list(heldItem) })),
  }),
};
