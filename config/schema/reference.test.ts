import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../load.ts';
import { wrap } from '../load-fixture.ts';
import type { Element } from './element.ts';
import { exampleSurroundings } from './example.fixture.ts';
import { exampleOf } from './example.ts';
import { generateJsonSchema, type JsonSchema } from './json-schema.ts';
import { generateReference, listDocumented } from './reference.ts';
import { topLevelElements } from './vocabulary.ts';
import { writtenExamples } from './written-examples.ts';
import { generateLockstepXsd, generateXsd } from './xsd.ts';

const paths = [...listDocumented()];

function nameOf(path: readonly Element[]): string {
  return path.map(({ name }) => name).join('/');
}

/** Findings about the form of an example, or that refuse it. */
function problemsOf(example: string): readonly string[] {
  const { diagnostics } = loadConfiguration([
    { path: 'surroundings.xml', text: wrap(exampleSurroundings) },
    { path: 'example.xml', text: wrap(example) },
  ]);
  const form = /ATTRIBUTE_(UNKNOWN|MISSING)|VALUE_INVALID|REFERENCE_UNKNOWN|ELEMENT_UNKNOWN/;
  return diagnostics
    .filter(({ severity, code }) => severity === 'error' || form.test(code))
    .map(({ code, message }) => `${code} ${message}`);
}

describe('examples of the reference', () => {
  it('exist for every element and are all valid', () => {
    const wrong = paths.flatMap((path) => {
      const problems = problemsOf(exampleOf(path));
      return problems.length === 0 ? [] : [`${nameOf(path)}: ${problems.join(' | ')}`];
    });

    expect(problemsOf('')).toEqual([]);
    expect(wrong).toEqual([]);
    expect(
      paths.filter((path) => !exampleOf(path).includes(`<${path.at(-1)?.name ?? '?'}`)),
    ).toEqual([]);
  });

  it('are written by hand for elements that there are', () => {
    const names = new Set(paths.map(nameOf));

    expect(Object.keys(writtenExamples).filter((name) => !names.has(name))).toEqual([]);
  });

  it('would be found wrong', () => {
    expect(problemsOf('<DisplayTable Identifier="a" Entitytype="Staff_Person" />')).not.toEqual([]);
  });
});

describe('generateReference', () => {
  it('shows every element with an example, and where it is named', () => {
    const pages = new Map(generateReference().map(({ path, text }) => [path, text]));
    const all = [...pages.values()].join('\n');

    for (const path of paths) {
      expect(all).toContain(`# ${path.map(({ name }) => name).join(' / ')}\n`);
      expect(all).toContain(exampleOf(path));
    }
    const connectors = pages.get('configuration/connectors.md') ?? '';
    expect(connectors).toContain('`Connector` of EntityTypeMapping');
    expect(connectors).toContain('also `CotContains`');
  });
});

describe('schemas for editors', () => {
  it('describe every element and attribute in JSON', () => {
    const undescribed: string[] = [];
    const look = (value: unknown, place: string): void => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
      for (const [key, child] of Object.entries(value)) {
        const isNamed = /\/(properties|patternProperties|definitions)$/.test(place);
        if (isNamed && !hasDescription(child)) undescribed.push(`${place}/${key}`);
        look(child, `${place}/${key}`);
      }
    };
    look(generateJsonSchema(), '');

    expect(undescribed).toEqual([]);
  });

  it('describe every element and attribute in XSD', () => {
    for (const xsd of [generateXsd(), generateLockstepXsd()]) {
      const lines = xsd.split('\n');
      const bare = lines.filter(
        (line, index) =>
          /<xs:(attribute|complexType) name=/.test(line) &&
          !/<xs:annotation><xs:documentation>[^<]+</.test(lines[index + 1] ?? ''),
      );
      expect(bare).toEqual([]);
    }
    expect(generateXsd()).toContain('Values: 0 Used, 1 NotUsed, 2 OnlySynchronization');
    expect(topLevelElements.length).toBeGreaterThan(150);
  });
});

/** Children are lists of what `$ref` describes. */
function hasDescription(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const schema: JsonSchema = { ...value };
  return typeof schema['description'] === 'string' && schema['description'] !== '';
}
