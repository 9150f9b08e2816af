import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../load.ts';
import { modelOf } from '../load-fixture.ts';
import {
  completeConfiguration,
  type WrittenElement,
  writeAsJson,
  writeAsXml,
} from './complete-configuration.fixture.ts';
import { type Element, findAttribute, firstSlotOf, slotCountOf, slotDigits } from './element.ts';
import { generateJsonSchema } from './json-schema.ts';
import { findElement, topLevelElements } from './vocabulary.ts';

/** `Element@Attribute` and `Element@Attribute=Member` of everything the vocabulary has, by element name. */
function* everythingOf(
  elements: readonly Element[],
  seen: Set<Element> = new Set(),
): Iterable<string> {
  for (const element of elements) {
    if (seen.has(element)) continue;
    seen.add(element);
    yield element.name;
    for (const { name, type } of element.attributes) {
      yield `${element.name}@${name}`;
      if (type.kind !== 'choice') continue;
      for (const [member, number] of type.members) {
        yield `${element.name}@${name}=${member}`;
        if (type.isUnnumbered !== true) yield `${element.name}@${name}=${number}`;
      }
    }
    for (const { name } of element.localized) {
      yield `${element.name}@${name}_L1`;
      yield `${element.name}@${name}_L16`;
    }
    for (const family of element.numbered) {
      const last = firstSlotOf(family) + slotCountOf(family) - 1;
      yield `${element.name}@${family.letter}${slotDigits(firstSlotOf(family))}`;
      yield `${element.name}@${family.letter}${slotDigits(last)}`;
    }
    yield* everythingOf(element.children, seen);
  }
}

function collectUses(uses: Set<string>, elements: readonly WrittenElement[]): Set<string> {
  for (const { name, attributes, children } of elements) {
    uses.add(name);
    for (const [attribute, value] of attributes) {
      uses.add(`${name}@${attribute}`);
      uses.add(`${name}@${attribute}=${value}`);
    }
    collectUses(uses, children);
  }
  return uses;
}

function findByPath(path: string): Element | undefined {
  const [first = '', ...rest] = path.split('/');
  return rest.reduce<Element | undefined>(
    (element, name) => element && findElement(name, element),
    findElement(first),
  );
}

describe('completeConfiguration', () => {
  const elements = completeConfiguration();

  it('uses every element, attribute, slot and member of the vocabulary', () => {
    const uses = collectUses(new Set(), elements);

    expect([...everythingOf(topLevelElements)].filter((each) => !uses.has(each))).toEqual([]);
  });

  it('loads without an error as XML and as JSON, to one and the same model', {
    timeout: 20_000,
  }, () => {
    const xml = loadConfiguration([{ path: 'all.xml', text: writeAsXml(elements) }]);
    const json = loadConfiguration([{ path: 'all.json', text: writeAsJson(elements) }]);

    expect(xml.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const model = modelOf(xml);
    expect(modelOf(json).hash).toBe(model.hash);
    expect(model.items).toHaveLength(elements.length);
    expect(json.withoutEffect.map(({ name, count }) => `${count} ${name}`).sort()).toEqual(
      xml.withoutEffect.map(({ name, count }) => `${count} ${name}`).sort(),
    );
  });

  it('is valid against the JSON schema', { timeout: 20_000 }, () => {
    // The schema is large: what makes ajv's code fast makes it slow to make.
    const quick = { inlineRefs: false, validateSchema: false, code: { optimize: false } } as const;
    const check = new Ajv({ strict: false, ...quick }).compile(generateJsonSchema());

    expect(check(JSON.parse(writeAsJson(elements))), JSON.stringify(check.errors)).toBe(true);
  });

  it('lets one slip through nowhere: a wrong attribute name is found on every element that is not open', () => {
    const silent: string[] = [];
    for (const element of topLevelElements) {
      if (element.isOpen) continue;
      const text = `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration"><${element.name} Nonsense="1" /></ConfigurationFile>`;
      const { diagnostics } = loadConfiguration([{ path: 'slip.xml', text }]);
      const found = diagnostics.some(
        ({ code, message }) => code === 'CONFIG_ATTRIBUTE_UNKNOWN' && message.includes('Nonsense'),
      );
      if (!found) silent.push(element.name);
    }

    expect(silent).toEqual([]);
  });
});

describe('the vocabulary', () => {
  it('knows every element and attribute that the published tables list', async () => {
    const file = join(import.meta.dirname, '../../test/fixtures/config/documented-vocabulary.json');
    const documented: Readonly<Record<string, readonly string[]>> = JSON.parse(
      await readFile(file, 'utf8'),
    );

    const missing: string[] = [];
    for (const [path, attributes] of Object.entries(documented)) {
      const element = findByPath(path);
      if (element === undefined) missing.push(path);
      else {
        const unknown = attributes.filter((name) => !findAttribute(element, name));
        missing.push(...unknown.map((name) => `${path}@${name}`));
      }
    }
    expect(Object.keys(documented).length).toBeGreaterThan(120);
    expect(missing).toEqual([]);
  });
});
