/** The part of `validate` that shows what scaffoldings stand for. */
import {
  type ConfigurationExpansion,
  type ConfigurationFile,
  expandConfiguration,
} from '../../config/index.ts';
import type { JsonOutput } from '../json-schemas.ts';

export interface Expanded {
  readonly document: JsonOutput<'validate'>['expansions'];
  /** A configuration file, and nothing else: it is meant to be kept. */
  readonly text: string;
}

/** A comment ends the file when the configuration is not valid. */
export function describeExpansion(
  files: readonly ConfigurationFile[],
  isValid: boolean,
  errors: number,
): Expanded {
  const expansion = expandConfiguration(files);
  const note = isValid
    ? ''
    : `<!-- The configuration is not valid (errors: ${errors}); "lockstep validate" shows why. -->\n`;
  return { document: toDocument(expansion), text: `${expansion.xml}${note}`.trimEnd() };
}

function toDocument({ scaffoldings }: ConfigurationExpansion): Expanded['document'] {
  return scaffoldings.map(({ scaffolding, at, isKnown, elements, xml }) => ({
    scaffolding,
    file: at.file,
    line: at.line,
    column: at.column,
    isKnown,
    elements: elements.map(({ element, identifier, fate, writtenAt }) => ({
      element,
      identifier: identifier ?? null,
      fate,
      writtenFile: writtenAt?.file ?? null,
      writtenLine: writtenAt?.line ?? null,
    })),
    xml,
  }));
}
