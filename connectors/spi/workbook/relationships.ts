/** Relationships between the parts of a package: which part another one names. ECMA-376 part 2. */
import { posix } from 'node:path';
import type { Archive } from './archive.ts';
import { readPart } from './xml-part.ts';

export interface Relationship {
  /** The last word of its type: both families of namespaces end in the same words. */
  readonly type: string;
  /** Name of the part; a relationship that leads out of the package is left out. */
  readonly part: string;
}

/** By id. A part without relationships has none. */
export async function readRelationships(
  archive: Archive,
  ofPart: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Relationship>> {
  const folder = posix.dirname(ofPart);
  const name = `${folder === '.' ? '' : `${folder}/`}_rels/${posix.basename(ofPart)}.rels`;
  const found = new Map<string, Relationship>();
  if (!archive.has(name)) return found;
  await readPart(
    archive,
    name,
    {
      open(element, { Id, Type, Target, TargetMode }) {
        if (element !== 'Relationship' || Id === undefined || Target === undefined) return;
        // What lies elsewhere is never opened.
        if (TargetMode?.toLowerCase() === 'external') return;
        const type = (Type ?? '').slice((Type ?? '').lastIndexOf('/') + 1);
        const part = posix.normalize(Target.startsWith('/') ? Target : `${folder}/${Target}`);
        found.set(Id, { type, part: part.replace(/^\/+/, '') });
      },
      text: () => undefined,
      close: () => undefined,
    },
    signal,
  );
  return found;
}
