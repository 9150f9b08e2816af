import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../load.ts';
import type { ConfigurationFile } from '../model.ts';
import { completeConfiguration, writeAsXml } from '../schema/complete-configuration.fixture.ts';
import { generateJsonSchema } from '../schema/json-schema.ts';
import { readConfigurationFolder } from '../source/folder.ts';
import { convertConfiguration } from './convert-configuration.ts';
import type { Form } from './find-obstacles.ts';

const root = join(import.meta.dirname, '../..');
const isValid = new Ajv({ strict: false, allErrors: true }).compile(generateJsonSchema());

function convert(files: readonly ConfigurationFile[], form: Form, mayReplace = false) {
  const result = convertConfiguration(files, { form, mayReplace });
  if (result.status === 'converted') return result;
  throw new Error(JSON.stringify(result.diagnostics));
}

function hashOf(files: readonly ConfigurationFile[]): string {
  const loaded = loadConfiguration(files);
  if (loaded.status === 'valid') return loaded.model.hash;
  throw new Error(JSON.stringify(loaded.diagnostics));
}

/** The text without what a conversion may change: white space between things, the spelling of `>`, unused namespaces. */
function essence(xml: string): string {
  const isOwn = /<ls:| ls:/.test(xml);
  return xml
    .replaceAll('&gt;', '>')
    .replace(isOwn ? '' : ' xmlns:ls="urn:lockstep:configuration"', '')
    .replace(/\s+/g, ' ')
    .replace(/ ?(\/?>) ?/g, '$1')
    .replaceAll(' <', '<');
}

const folders = [
  'samples/company/conf',
  'samples/company/directory/conf',
  'samples/employees/conf',
  'test/fixtures/config/contexts-and-roles',
  'test/fixtures/config/staff-and-badges-xml',
];

describe('the files of a configuration', { timeout: 60_000 }, () => {
  it.each(folders)('of %s go to JSON, which our schema accepts, and back', async (folder) => {
    const files = await readConfigurationFolder(join(root, folder));
    const json = convert(files, 'json');
    const xml = convert(json.files, 'xml');

    for (const { path, text } of json.files) {
      const problems: ParseError[] = [];
      const document: unknown = parse(text, problems, { allowTrailingComma: true });
      expect(problems).toEqual([]);
      expect(isValid(document) ? [] : isValid.errors, path).toEqual([]);
    }
    expect(json.files.map(({ from }) => from)).toEqual(files.map(({ path }) => path));
    expect(xml.hash).toBe(json.hash);
    expect(new Map(xml.files.map(({ path, text }) => [path, essence(text)]))).toEqual(
      new Map(files.map(({ path, text }) => [path, essence(text)])),
    );
  });

  it('of the whole vocabulary go to JSON, which our schema accepts, and back', () => {
    const text = writeAsXml(completeConfiguration());
    const files = [{ path: 'all.xml', text }];
    const json = convert(files, 'json');
    const xml = convert(json.files, 'xml');

    const [file] = json.files;
    expect(isValid(parse(file?.text ?? '')) ? [] : isValid.errors).toEqual([]);
    expect(hashOf(json.files)).toBe(json.hash);
    expect(xml.hash).toBe(json.hash);
    expect(essence(xml.files[0]?.text ?? '')).toBe(essence(text));
  });

  it('have the hash that validating them gives, in either form and mixed', async () => {
    const files = await readConfigurationFolder(join(root, 'samples/employees/conf'));
    const { files: json, hash } = convert(files, 'json');
    const [firstJson, ...otherJson] = json;
    const [, ...otherXml] = files;
    if (firstJson === undefined) throw new Error('no file');

    expect(hash).toBe(hashOf(files));
    expect(hashOf(json)).toBe(hash);
    expect(hashOf([firstJson, ...otherXml])).toBe(hash);
    expect(convert([firstJson, ...otherXml], 'json')).toMatchObject({
      hash,
      files: otherJson.map(({ path }) => ({ path })),
      kept: [firstJson],
    });
  });

  it('are all refused when one of them is, with every place', async () => {
    const good = await readFile(join(root, 'samples/employees/conf/hr.xml'), 'utf8');
    const result = convertConfiguration(
      [
        { path: 'a.xml', text: good },
        { path: 'b.xml', text: '<ConfigurationFile>\n<A>' },
        { path: 'c.xml', text: '<!DOCTYPE a><a/>' },
        {
          path: 'd.xml',
          text: '<ConfigurationFile/>',
          problem: { message: 'Wrong bytes.', hint: '', offset: 0, length: 1 },
        },
      ],
      { form: 'json', mayReplace: true },
    );

    expect(result).toMatchObject({
      status: 'refused',
      diagnostics: [
        { code: 'CONFIG_XML_MALFORMED', file: 'b.xml', line: 2, column: 1 },
        { code: 'CONFIG_XML_DTD_REFUSED', file: 'c.xml', line: 1, column: 1 },
        { code: 'CONFIG_ENCODING_INVALID', file: 'd.xml', line: 1, column: 1 },
      ],
    });
  });

  it('never become the same file, nor one that is there, unless that may be replaced', () => {
    const xml = '<ConfigurationFile><Category Identifier="A" /></ConfigurationFile>';
    const json = '{ "Category": [ { "Identifier": "B" } ] }';
    const told = (files: readonly ConfigurationFile[], form: Form, mayReplace: boolean) => {
      const result = convertConfiguration(files, { form, mayReplace });
      return result.status === 'refused' ? result.diagnostics.map(({ message }) => message) : [];
    };
    const twice = [
      { path: 'a.json', text: json },
      { path: 'a.jsonc', text: json },
    ];
    const beside = [
      { path: 'a.xml', text: xml },
      { path: 'A.json', text: json },
    ];

    expect(told(twice, 'xml', true)).toEqual(['a.jsonc and a.json would both become a.xml.']);
    expect(told(beside, 'json', false)).toEqual([
      'a.xml would become a.json, but A.json is there already.',
    ]);
    expect(told(beside, 'json', true)).toEqual([]);
    expect(convert(beside, 'json', true)).toMatchObject({ kept: [] });
  });
});
