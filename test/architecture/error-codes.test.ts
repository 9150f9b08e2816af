import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../config/error-codes.ts';
import { connectorErrorKinds } from '../../connectors/spi/errors.ts';
import { repositoryRoot } from './rooms.ts';
import { parseSource, placeOf, readSources, type Source, walkNodes } from './source.ts';

const shape = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/u;
const registered = new Set(errorCodes.map(({ code }) => code));
const areas = new Set([...registered].map(areaOf));

interface Mention {
  readonly code: string;
  readonly place: string;
}

function areaOf(code: string): string {
  return code.slice(0, code.indexOf('_'));
}

/** Texts that are raised as codes: the first argument of an error's constructor, and `code:` of a finding. */
function findRaised(source: Source): readonly Mention[] {
  return findCodes(source, (node) => {
    const { parent } = node;
    if (ts.isPropertyAssignment(parent)) return parent.name.getText() === 'code';
    return (
      ts.isNewExpression(parent) &&
      parent.arguments?.[0] === node &&
      parent.expression.getText().endsWith('Error')
    );
  });
}

/** Texts that read like a code of an area we have, wherever they stand. */
function findMentioned(source: Source): readonly Mention[] {
  return findCodes(source, (node) => areas.has(areaOf(node.text)));
}

function findCodes(
  source: Source,
  isWanted: (node: ts.StringLiteralLike) => boolean,
): readonly Mention[] {
  const found: Mention[] = [];
  for (const node of walkNodes(source.tree)) {
    if (ts.isStringLiteralLike(node) && shape.test(node.text) && isWanted(node)) {
      found.push({ code: node.text, place: placeOf(source, node) });
    }
  }
  return found;
}

describe('error codes', () => {
  let raised: readonly Mention[];
  let mentioned: readonly Mention[];

  beforeAll(async () => {
    const sources = (await readSources({ withTests: false })).filter(
      ({ file }) =>
        /^(config|connectors|engine|cli|console)\//u.test(file) && file !== 'config/error-codes.ts',
    );
    raised = sources.flatMap(findRaised);
    mentioned = sources.flatMap(findMentioned);
  });

  it('that the source raises are listed', () => {
    const unlisted = [...raised, ...mentioned].filter(({ code }) => !registered.has(code));

    expect([...new Set(unlisted.map(({ code, place }) => `${code} at ${place}`))].sort()).toEqual(
      [],
    );
  });

  it('that are listed are raised somewhere', () => {
    const known = new Set([
      ...mentioned.map(({ code }) => code),
      // The class of connector errors builds its codes from kinds.
      ...connectorErrorKinds.map((kind) => `CONNECTOR_${kind.toUpperCase().replaceAll('-', '_')}`),
    ]);

    expect([...registered].filter((code) => !known.has(code))).toEqual([]);
  });

  it('are listed in alphabetical order, with full sentences', () => {
    const codes = errorCodes.map(({ code }) => code);

    expect(codes).toEqual([...registered].sort());
    for (const { code, meaning, cure } of errorCodes) {
      expect(`${code} ${meaning}`).toMatch(/^[A-Z0-9_]+ [A-Z"].*\.$/u);
      expect(`${code} ${cure}`).toMatch(/^[A-Z0-9_]+ [A-Z"].*\.$/u);
    }
  });

  it('and the reference page agree', async () => {
    const page = await readFile(join(repositoryRoot, 'docs/reference/errors.md'), 'utf8');
    const documented = [...page.matchAll(/^## `?([A-Z0-9_]+)`?$/gmu)].map(([, code]) => code);

    expect(documented).toEqual([...registered]);
  });
});

describe('the search for codes', () => {
  const source: Source = {
    file: 'config/example.ts',
    tree: parseSource(
      'config/example.ts',
      [
        "throw new ExampleError('EXAMPLE_ONE', 'SETTINGS_NOT_ONE really');",
        "const finding = { code: 'EXAMPLE_TWO', other: 'EXAMPLE_THREE' };",
        "fail('SETTINGS_FOUR'); // new ExampleError('EXAMPLE_FIVE')",
        "if (error.code === 'ER_NO_SUCH_TABLE') return;",
      ].join('\n'),
    ),
  };

  it('sees what is raised, and every text in an area of ours', () => {
    expect(
      findRaised(source)
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['EXAMPLE_ONE', 'EXAMPLE_TWO']);
    expect(findMentioned(source).map(({ code }) => code)).toEqual(['SETTINGS_FOUR']);
  });
});
