/** How the access scaffoldings are described. */

export interface RuleTemplate {
  readonly identifier: string;
  readonly entityType: string;
  /** Permissions it grants. */
  readonly grants?: readonly string[];
  /** Permissions it grants with access to all properties. */
  readonly grantsFully?: readonly string[];
  /** Permissions it names without granting them. */
  readonly names?: readonly string[];
  /** As `names`, with access to all properties. */
  readonly namesFully?: readonly string[];
  /** One rule per target of the resource types whose owners are of the entity type. */
  readonly perEach?: 'target entity type';
}

export interface AccessTemplate {
  readonly rules?: readonly RuleTemplate[];
  /** One set of rules per resource type, or per entity type that a connector holds. */
  readonly perEach?: 'resource type' | 'mapped entity type';
  /** Scaffoldings that it stands for as well; those of which nothing is documented stay elements. */
  readonly includes?: readonly string[];
  /** It makes the profile too. */
  readonly profile?: string;
}

/** The four permissions on a kind of element. */
export function all(path: string): readonly string[] {
  return some(path, 'Create', 'Delete', 'Query', 'Update');
}

/** Some permissions on a kind of element. */
export function some(path: string, ...actions: readonly string[]): readonly string[] {
  return actions.map((action) => `${path}/${action}`);
}

/** The same rule on several entity types. */
export function onEach(
  entityTypes: readonly string[],
  identifier: (entityType: string) => string,
  permissions: (entityType: string) => Omit<RuleTemplate, 'identifier' | 'entityType'>,
): readonly RuleTemplate[] {
  return entityTypes.map((entityType) => ({
    identifier: identifier(entityType),
    entityType,
    ...permissions(entityType),
  }));
}
