/** What a query selects, and resources seen through it: what was not selected cannot be read. */
import { failed } from '../expression-error.ts';
import type { ResourceView } from '../values.ts';

/** Selected properties, with what is selected of the resources they lead to; `Id` can always be read. */
export interface Selection {
  readonly properties: ReadonlyMap<string, Selection>;
}

interface OpenSelection extends Selection {
  readonly properties: Map<string, OpenSelection>;
}

/** The selection of these paths, each the names of its properties. */
export function selectionOf(paths: readonly (readonly string[])[]): Selection {
  const selection: OpenSelection = { properties: new Map() };
  for (const names of paths) {
    let current = selection;
    for (const name of names) {
      const next = current.properties.get(name) ?? { properties: new Map() };
      current.properties.set(name, next);
      current = next;
    }
  }
  return selection;
}

/**
 * A resource found by a query. Code that reads more than was selected is refused when it is checked; where the checker
 * loses sight of a resource, reading fails here, so that what a query reads is always what its text says.
 */
export class SelectedResource implements ResourceView {
  /** The resource itself. */
  readonly whole: ResourceView;
  readonly #selection: Selection;

  constructor(whole: ResourceView, selection: Selection) {
    this.whole = whole;
    this.#selection = selection;
  }

  get id(): number {
    return this.whole.id;
  }

  get entityType(): string {
    return this.whole.entityType;
  }

  scalar(property: string): string | null {
    this.#open(property);
    return this.whole.scalar(property);
  }

  one(property: string): ResourceView | null {
    const selection = this.#open(property);
    const linked = this.whole.one(property);
    return linked === null ? null : new SelectedResource(linked, selection);
  }

  many(property: string): readonly ResourceView[] {
    const selection = this.#open(property);
    return this.whole.many(property).map((linked) => new SelectedResource(linked, selection));
  }

  #open(property: string): Selection {
    const selection = this.#selection.properties.get(property);
    if (selection !== undefined) return selection;
    throw failed(
      `${this.entityType}:${property} is read of a resource found by a query that does not select it.`,
      `Add ${property} to the select of the query.`,
    );
  }
}

/** The resource itself where it was found by a query. */
export function wholeResource(resource: ResourceView): ResourceView {
  return resource instanceof SelectedResource ? resource.whole : resource;
}
