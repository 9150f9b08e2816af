/** Bindings: paths in the entity model, `Type:a.b.c`. */
import type { EntityModel, EntityType, ScalarType } from '../entity-model.ts';
import { describeUnknownProperty, describeUnknownType, findProperty } from './entity-property.ts';
import type { Findings } from './finding.ts';
import type { ReadPair, ResourceView } from './values.ts';

/** What a binding leads to. */
type BindingEnd =
  | { readonly kind: 'scalar'; readonly type: ScalarType; readonly subject: string }
  | { readonly kind: 'resources'; readonly entityType: string; readonly isCollection: boolean };

export interface CompiledBinding {
  readonly reads: ReadonlySet<ReadPair>;
  readonly end: BindingEnd;
  /**
   * The stored text the path ends in. Through a multi-valued property: the first value, in order of the ids of the
   * resources that hold one. `null` when a step or the value is empty. Only for paths that end in a scalar or `Id`.
   */
  readText(input: ResourceView | null): string | null;
  /** The resources the path ends in, each once, by id. Only for paths that end in a navigation property or the root. */
  readResources(input: ResourceView | null): readonly ResourceView[];
}

interface Step {
  readonly property: string;
  readonly isCollection: boolean;
  /** Resources of another type are passed over. */
  readonly onlyType?: string;
}

type End =
  | { readonly kind: 'scalar'; readonly property: string; readonly type: ScalarType }
  | { readonly kind: 'id' }
  | { readonly kind: 'resources' };

const maxSegments = 32;
const identifier = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Reads and checks a binding; problems go to `findings`, and then there is no result. */
export function compileBinding(
  text: string,
  root: string,
  model: EntityModel,
  findings: Findings,
): CompiledBinding | undefined {
  const segments = splitPath(text, findings);
  if (segments === undefined) return undefined;
  let current = model.entityTypes.get(root);
  if (current === undefined) {
    findings.error(0, text.length, ...describeUnknownType(model, root));
    return undefined;
  }
  const reads = new Set<ReadPair>();
  const steps: Step[] = [];
  let end: End = { kind: 'resources' };
  let subject = root;
  for (const [index, segment] of segments.entries()) {
    const typed = enterType(segment, current, index === 0, model, findings);
    if (typed === undefined) return undefined;
    const previous = steps.at(-1);
    if (typed !== current && previous !== undefined) {
      steps[steps.length - 1] = { ...previous, onlyType: typed.identifier };
    }
    current = typed;
    const isLast = index === segments.length - 1;
    const found = findProperty(current, segment.name);
    if (found === undefined) {
      findings.error(
        segment.offset,
        segment.name.length,
        ...describeUnknownProperty(current, segment.name),
      );
      return undefined;
    }
    if (found.kind === 'id') {
      end = { kind: 'id' };
      subject = `${current.identifier}:Id`;
    } else {
      const { property } = found;
      reads.add(`${current.identifier}:${property.identifier}`);
      subject = `${current.identifier}:${property.identifier}`;
      if (property.kind === 'scalar') {
        end = { kind: 'scalar', property: property.identifier, type: property.type };
      } else {
        steps.push({ property: property.identifier, isCollection: property.isCollection });
        const target = model.entityTypes.get(property.target);
        const next = segments[index + 1];
        if (target === undefined && next?.type === undefined && !isLast) {
          const at = next ?? segment;
          findings.error(at.offset, at.name.length, ...describeUnknownType(model, property.target));
          return undefined;
        }
        // Where the property leads to a type outside the model, the prefix of the next segment says which type is meant.
        current = target ?? model.entityTypes.get(next?.type ?? '') ?? placeholder(property.target);
        continue;
      }
    }
    if (!isLast) {
      findings.error(
        segment.offset,
        segment.name.length,
        `${segment.name} is a value, not a resource: nothing can follow it.`,
        'Only navigation properties lead on to further properties.',
      );
      return undefined;
    }
  }
  return finish(steps, end, current.identifier, subject, reads);
}

function placeholder(identifier: string): EntityType {
  return {
    identifier,
    displayName: identifier,
    properties: new Map(),
    keys: [],
    displayProperty: '',
    at: { file: '', line: 1, column: 1 },
  };
}

interface Segment {
  readonly name: string;
  readonly offset: number;
  readonly type?: string;
  readonly typeOffset: number;
}

function splitPath(text: string, findings: Findings): readonly Segment[] | undefined {
  const segments: Segment[] = [];
  let at = 0;
  for (const part of text.split('.')) {
    const start = at;
    at += part.length + 1;
    const colon = part.indexOf(':');
    const name = part.slice(colon + 1).trim();
    const offset = start + colon + 1 + Math.max(0, part.slice(colon + 1).indexOf(name));
    const type = colon < 0 ? undefined : part.slice(0, colon).trim();
    const typeOffset = start + Math.max(0, part.indexOf(type ?? ''));
    if (!identifier.test(name) || (type !== undefined && !identifier.test(type))) {
      findings.error(
        start,
        part.length,
        'This is not a binding: property names separated by dots are expected.',
        'Write Type:property.property, such as Directory_User:Site.Name.',
      );
      return undefined;
    }
    segments.push(
      type === undefined ? { name, offset, typeOffset } : { name, offset, type, typeOffset },
    );
  }
  if (segments.length <= maxSegments) return segments;
  findings.error(0, text.length, `A binding has at most ${maxSegments} steps.`);
  return undefined;
}

function enterType(
  segment: Segment,
  current: EntityType,
  isFirst: boolean,
  model: EntityModel,
  findings: Findings,
): EntityType | undefined {
  const { type, typeOffset } = segment;
  if (type === undefined || type === current.identifier) return current;
  const named = model.entityTypes.get(type);
  if (named === undefined) {
    findings.error(typeOffset, type.length, ...describeUnknownType(model, type));
    return undefined;
  }
  if (!isFirst && !model.entityTypes.has(current.identifier)) return named;
  findings.error(
    typeOffset,
    type.length,
    isFirst
      ? `This binding starts at ${type}, but it is given a resource of ${current.identifier}.`
      : `The step before leads to ${current.identifier}, never to ${type}.`,
    `Write ${current.identifier}, or leave the type out.`,
  );
  return undefined;
}

function finish(
  steps: readonly Step[],
  end: End,
  entityType: string,
  subject: string,
  reads: ReadonlySet<ReadPair>,
): CompiledBinding {
  const isCollection = steps.some((step) => step.isCollection);
  const walk = isCollection ? walkMany : walkOne;
  const readResources = (input: ResourceView | null): readonly ResourceView[] =>
    input === null ? [] : walk(steps, input);
  const readEnd = (resource: ResourceView): string | null => {
    if (end.kind === 'id') return String(resource.id);
    return end.kind === 'scalar' ? resource.scalar(end.property) : null;
  };
  const readFirst = (input: ResourceView | null): string | null => {
    for (const resource of readResources(input)) {
      const text = readEnd(resource);
      if (text !== null && text !== '') return text;
    }
    return null;
  };
  // The common case, many times per owner: a path without collections makes no arrays.
  const readOne = (input: ResourceView | null): string | null => {
    const resource = input === null ? null : follow(steps, input);
    return resource === null ? null : readEnd(resource);
  };
  const readText = isCollection ? readFirst : readOne;
  if (end.kind === 'resources') {
    return { reads, end: { kind: 'resources', entityType, isCollection }, readText, readResources };
  }
  const type = end.kind === 'id' ? 'Int64' : end.type;
  return {
    reads,
    end: { kind: 'scalar', type, subject: `property ${subject}` },
    readText,
    readResources,
  };
}

function walkOne(steps: readonly Step[], input: ResourceView): readonly ResourceView[] {
  const resource = follow(steps, input);
  return resource === null ? [] : [resource];
}

function follow(steps: readonly Step[], input: ResourceView): ResourceView | null {
  let current: ResourceView | null = input;
  for (const step of steps) {
    current = current.one(step.property);
    if (current === null) return null;
    if (step.onlyType !== undefined && current.entityType !== step.onlyType) return null;
  }
  return current;
}

function walkMany(steps: readonly Step[], input: ResourceView): readonly ResourceView[] {
  let current: readonly ResourceView[] = [input];
  for (const { property, isCollection, onlyType } of steps) {
    const next = new Map<number, ResourceView>();
    for (const resource of current) {
      if (isCollection) for (const one of resource.many(property)) next.set(one.id, one);
      else {
        const one = resource.one(property);
        if (one !== null) next.set(one.id, one);
      }
    }
    current = [...next.values()]
      .filter((resource) => onlyType === undefined || resource.entityType === onlyType)
      .sort((a, b) => a.id - b.id);
  }
  return current;
}
