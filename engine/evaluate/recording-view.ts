/** A resource that notes what is read from it and from every resource reached through it. */
import type { QueryHost, ResourceView } from '../../config/index.ts';
import type { Matches, Provenance } from './types.ts';

export type Input = Provenance['inputs'][number];

/** Collects inputs, each (resource, property) once, in the order of the first reading. */
export class InputRecorder {
  readonly #inputs = new Map<string, Input>();

  get inputs(): readonly Input[] {
    return [...this.#inputs.values()];
  }

  note(resource: ResourceView, property: string, value: string | null): void {
    const { entityType, id } = resource;
    const key = `${entityType}|${id}|${property}`;
    if (!this.#inputs.has(key)) this.#inputs.set(key, { entityType, id, property, value });
  }
}

/** The same resource, observed. Linked resources are noted by their ids, comma-separated. */
export class RecordingView implements ResourceView {
  readonly #resource: ResourceView;
  readonly #recorder: InputRecorder;

  constructor(resource: ResourceView, recorder: InputRecorder) {
    this.#resource = resource;
    this.#recorder = recorder;
  }

  get id(): number {
    return this.#resource.id;
  }

  get entityType(): string {
    return this.#resource.entityType;
  }

  scalar(property: string): string | null {
    const value = this.#resource.scalar(property);
    this.#recorder.note(this.#resource, property, value);
    return value;
  }

  one(property: string): ResourceView | null {
    const linked = this.#resource.one(property);
    this.#recorder.note(this.#resource, property, linked === null ? null : String(linked.id));
    return linked === null ? null : new RecordingView(linked, this.#recorder);
  }

  many(property: string): readonly ResourceView[] {
    const linked = this.#resource.many(property);
    const ids = linked.map((resource) => resource.id).join(',');
    this.#recorder.note(this.#resource, property, ids === '' ? null : ids);
    return linked.map((resource) => new RecordingView(resource, this.#recorder));
  }
}

/** The same resources for queries; what queries find is observed. */
export function watchQueries(queries: QueryHost, recorder: InputRecorder): QueryHost {
  return {
    resourcesOf: (entityType) => queries.resourcesOf(entityType),
    lookUp: (entityType, property, key, keyOf) => queries.lookUp(entityType, property, key, keyOf),
    watch: (resource) => new RecordingView(resource, recorder),
  };
}

/** The same look-ups; what queries find is observed. */
export function watchMatches(matches: Matches, recorder: InputRecorder): Matches {
  const { queries } = matches;
  return queries === undefined ? matches : { ...matches, queries: watchQueries(queries, recorder) };
}
