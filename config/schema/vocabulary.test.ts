import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { XMLValidator } from 'fast-xml-parser';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parseAttributeValue } from './attribute-value.ts';
import { type Element, findAttribute, slotDigits } from './element.ts';
import { generateJsonSchema } from './json-schema.ts';
import { generateReference } from './reference.ts';
import { families, topLevelElements } from './vocabulary.ts';
import { generateLockstepXsd, generateXsd } from './xsd.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/config');

function* everyElement(elements: readonly Element[] = topLevelElements): Iterable<Element> {
  for (const element of elements) {
    yield element;
    yield* everyElement(element.children);
  }
}

describe('vocabulary', () => {
  it('has each element once', () => {
    const names = topLevelElements.map(({ name }) => name);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('describes every element and attribute, each attribute once', () => {
    for (const { name, doc, attributes } of everyElement()) {
      const attributeNames = attributes.map((attribute) => attribute.name);
      expect(doc, name).toMatch(/[.…]$/);
      expect(new Set(attributeNames).size, name).toBe(attributeNames.length);
      for (const attribute of attributes)
        expect(attribute.doc, `${name}/${attribute.name}`).toMatch(/\.$/);
    }
  });

  it('has defaults that are values of their types', () => {
    for (const { name, attributes } of everyElement()) {
      for (const { name: attribute, type, defaultValue } of attributes) {
        if (defaultValue === undefined) continue;
        expect(parseAttributeValue(type, defaultValue), `${name}/${attribute}`).not.toBeUndefined();
      }
    }
  });

  it('refers only to scopes that exist', () => {
    const scopes = new Set([...everyElement()].map(({ scope }) => scope));
    for (const { name, attributes } of everyElement()) {
      for (const { type } of attributes) {
        if (type.kind === 'reference') expect(scopes, name).toContain(type.scope);
      }
    }
  });

  it('numbers families in base32hex, in either letter case', () => {
    const rule = topLevelElements.find(({ name }) => name === 'SingleRoleRule');
    if (rule === undefined) throw new Error('no SingleRoleRule');
    const slots = ['D0', 'D9', 'DA', 'DV', 'D10', 'D1A', 'd1a', 'D3V'].map(
      (name) => findAttribute(rule, name)?.slot,
    );

    expect(slots).toEqual([0, 9, 10, 31, 32, 42, undefined, 127]);
    expect(findAttribute(rule, 'D1a')).toMatchObject({ canonicalName: 'D1A', slot: 42 });
    expect(
      ['D', 'D00', 'D01', 'D4', 'DW', 'D40', 'D100'].map((name) => findAttribute(rule, name)?.slot),
    ).toEqual([undefined, undefined, undefined, 4, undefined, undefined, undefined]);
    for (let slot = 0; slot < 128; slot += 1) {
      expect(findAttribute(rule, `D${slotDigits(slot)}`)?.slot).toBe(slot);
    }
  });
});

describe('generateJsonSchema', () => {
  it('accepts the JSON fixture and refuses a slip in it', async () => {
    const quick = { inlineRefs: false, validateSchema: false, code: { optimize: false } } as const;
    const check = new Ajv({ strict: false, ...quick }).compile(generateJsonSchema());
    const text = await readFile(join(fixtures, 'staff-and-badges-json/all.jsonc'), 'utf8');
    const problems: ParseError[] = [];
    const read = (source: string): unknown => parse(source, problems, { allowTrailingComma: true });

    expect(check(read(text)), JSON.stringify(check.errors)).toBe(true);
    expect(check(read(text.replace('"ConnectionTable"', '"ConectionTable"')))).toBe(false);
    expect(check(read(text.replace('"IsKey": true', '"IsKey": "yes"')))).toBe(false);
    expect(problems).toEqual([]);
  });
});

describe('generateXsd', () => {
  it('gives well-formed schemas of both namespaces', () => {
    for (const xsd of [generateXsd(), generateLockstepXsd()]) {
      expect(XMLValidator.validate(xsd)).toBe(true);
      const types = [...xsd.matchAll(/complexType name="([^"]+)"/g)].map(([, name]) => name);
      const used = [...xsd.matchAll(/ type="([^"]+Type)"/g)].map(([, name]) => name);
      expect(new Set(types).size).toBe(types.length);
      expect(used.filter((name) => !types.includes(name))).toEqual([]);
    }
    expect(generateXsd()).not.toContain('name="ls:');
    expect(generateLockstepXsd()).toContain('<xs:element name="SqlResourceTypeMapping"');
    expect(generateLockstepXsd()).toContain('<xs:attribute name="PlaceholderMember"');
  });
});

describe('generateReference', () => {
  it('has a page per family with every element on it', () => {
    const pages = new Map(generateReference().map(({ path, text }) => [path, text]));

    for (const { page, elements } of families) {
      const text = pages.get(`configuration/${page}.md`) ?? '';
      for (const { name } of elements) expect(text, page).toContain(name);
    }
    expect(pages.get('configuration/entity-model.md')).toContain(
      '| `TargetColumnIndex` | a whole number from -1 to 152 | no | `-1` |',
    );
    expect(pages.get('configuration/roles.md')).toContain('| `D0` … `D3V` |');
  });
});
