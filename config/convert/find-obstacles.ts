/** What a file holds that the other form cannot: names, since values and comments can always be written. */
import type { Finding } from '../diagnostics.ts';
import {
  type SourceAttribute,
  type SourceElement,
  type Span,
  spanOfName,
} from '../source/element-tree.ts';
import { refusedKeys } from '../source/json-reader.ts';
import { maximumProblems } from '../source/limits.ts';
import { isName } from '../source/xml-start-tag.ts';

export type Form = 'json' | 'xml';

export interface Obstacle {
  readonly span: Span;
  readonly finding: Finding;
}

/** Every name of these elements that `form` cannot hold, a hundred at most. */
export function findObstacles(elements: readonly SourceElement[], form: Form): readonly Obstacle[] {
  const found: Obstacle[] = [];
  const look = (named: SourceElement | SourceAttribute, isAttribute: boolean): void => {
    const why = form === 'json' ? refuseKey(named.name) : refuseXmlName(named.name, isAttribute);
    if (why === undefined || found.length >= maximumProblems) return;
    found.push({
      span: spanOfName(named),
      finding: {
        code: 'CONFIG_CONVERT_IMPOSSIBLE',
        message: `"${named.name}" ${why}.`,
        hint: 'Rename or remove it; "lockstep validate" tells what the vocabulary has.',
      },
    });
  };
  const walk = (element: SourceElement): void => {
    look(element, false);
    for (const attribute of element.attributes) look(attribute, true);
    for (const child of element.children) walk(child);
  };
  for (const element of elements) walk(element);
  return found;
}

function refuseKey(name: string): string | undefined {
  return refusedKeys.has(name) ? 'may not be a key of a JSON file' : undefined;
}

function refuseXmlName(name: string, isAttribute: boolean): string | undefined {
  const local = name.startsWith('ls:') ? name.slice(3) : name;
  if (!isName(local) || local.includes(':')) return 'is no name that XML can hold';
  return isAttribute && name === 'xmlns' ? 'declares a namespace in XML' : undefined;
}
