import { describe, expect, it } from 'vitest';
import {
  describeDigest,
  digestOfFile,
  digestOfFound,
  findFile,
  maxBinaryBytes,
} from './binary-value.ts';
import { accountType, Graph, photoRule, roleRule, scalarOf } from './graph.fixture.ts';
import { Story } from './story.fixture.ts';

const file = (content: string): string => Buffer.from(content).toString('base64');
const portrait = file('portrait');
const passport = file('passport');

describe('the digest of a file', () => {
  it('is of its content, however the text is broken into lines', () => {
    const long = file('x'.repeat(100));
    const broken = `${long.slice(0, 76)}\r\n${long.slice(76)}`;

    expect(digestOfFile(long)).toMatch(/^sha256:[0-9a-f]{64}:100$/);
    expect(digestOfFile(broken)).toBe(digestOfFile(long));
    expect(digestOfFile(passport)).not.toBe(digestOfFile(portrait));
    expect([digestOfFile(null), digestOfFile(''), digestOfFile(' \n')]).toEqual([null, null, null]);
  });

  it.each(['no base64!', 'abc', '=abc', 'ab=c', 'a'])('is none of %j', (text) => {
    expect(() => digestOfFile(text)).toThrow('not written in Base64');
    expect(digestOfFound(text)).toMatch(/^text:/);
  });

  it('is none of a file that is too large, and one of a file that just fits', () => {
    const largest = Buffer.alloc(maxBinaryBytes).toString('base64');
    const larger = Buffer.alloc(maxBinaryBytes + 1).toString('base64');

    expect(digestOfFile(largest)).toContain(`:${maxBinaryBytes}`);
    expect(() => digestOfFile(larger)).toThrow(`${maxBinaryBytes + 1} bytes`);
  });

  it('is shown short, and other texts as they are', () => {
    const digest = digestOfFile(portrait);

    expect(describeDigest(digest)).toBe(`8 bytes, sha256 ${digest?.slice(7, 19)}`);
    expect(describeDigest(digestOfFound('?'))).toBe('1 characters that are no file');
    expect([describeDigest('Buyer'), describeDigest(null)]).toEqual(['Buyer', null]);
  });
});

describe('the file of an order', () => {
  const owner = new Graph().put('Person', 1, { Photo: portrait, Title: passport }).get('Person', 1);
  const type = accountType({
    binaryRules: [
      photoRule({ singleRole: 'Staff' }),
      photoRule({ value: scalarOf('Person:Title') }),
    ],
  });

  it('is that of whichever rule gave it', () => {
    const found = [portrait, passport].map((one) =>
      findFile(type, 'Photo', digestOfFile(one) ?? '', owner),
    );

    expect(found).toEqual([portrait, passport]);
  });

  it('is none when the owner has another one by now', () => {
    expect(findFile(type, 'Photo', digestOfFile(file('older')) ?? '', owner)).toBeUndefined();
  });
});

describe('a file the policy gives', () => {
  const type = { scalarRules: [], binaryRules: [photoRule()] };
  const digest = digestOfFile(portrait);
  const person = { Photo: portrait };

  /*   Person 1 (portrait) ── no account: the creation carries the digest, not the file   */
  it('is kept with its assignment by its digest', () => {
    const story = new Story({ type, person }).evaluate();

    expect(story.rows[0]?.policyValues).toEqual({ Photo: digest });
  });

  /*   Account 10 holds the same file, its Base64 broken into lines otherwise   */
  it('is verified by its content', () => {
    const found = `${portrait.slice(0, 4)}\n${portrait.slice(4)}`;
    const accounts = { 10: { Login: 'E1', Photo: found } };

    expect(new Story({ type, person, accounts }).evaluate().told).toEqual(['18/4 of 10']);
  });

  /*   the person's portrait becomes a passport: an order; then the system holds it: verified   */
  it('is ordered when the source has another one', () => {
    const story = new Story({ type, person, accounts: { 10: { Login: 'E1', Photo: portrait } } })
      .evaluate()
      .data((graph) => graph.put('Person', 1, { Code: 'E1', Photo: passport }))
      .evaluate();
    expect(story.rows[0]?.values).toMatchObject([
      {
        kind: 'binary',
        property: 'Photo',
        provisioningState: 1,
        policyValue: digestOfFile(passport),
      },
    ]);

    story
      .deliver()
      .data((graph) => graph.put('Account', 10, { Login: 'E1', Photo: passport }))
      .evaluate();
    expect(story.told).toEqual(['18/4 of 10']);
  });

  /*   somebody replaces it in the system: a person decides; filling an empty one overwrites nothing   */
  it('is never overwritten when it was changed in the system', () => {
    const empty = new Story({ type, person, accounts: { 10: { Login: 'E1' } } }).evaluate();
    expect(empty.rows[0]?.values).toMatchObject([{ workflowState: 18, provisioningState: 1 }]);

    const drifted = new Story({ type, person, accounts: { 10: { Login: 'E1', Photo: portrait } } })
      .evaluate()
      .data((graph) => graph.put('Account', 10, { Login: 'E1', Photo: 'scribbled over' }))
      .evaluate();
    expect(drifted.rows[0]?.values).toMatchObject([
      {
        workflowState: 1,
        provisioningState: 0,
        policyValue: digest,
        currentValue: digestOfFound('scribbled over'),
      },
    ]);
  });

  /*   the person's file is no file: nothing is taken away, everything else goes on   */
  it('that cannot be read is an error of this value alone', () => {
    const story = new Story({
      type: { ...type, scalarRules: accountType().scalarRules },
      person,
      accounts: { 10: { Login: 'E1', Title: 'Buyer', Photo: portrait } },
    })
      .evaluate()
      .data((graph) => graph.put('Person', 1, { Code: 'E1', Title: 'Planner', Photo: '%%%' }))
      .evaluate();

    expect(story.rows[0]?.values).toMatchObject([
      { property: 'Photo', provisioningState: 7, lastError: expect.stringContaining('Base64') },
      { property: 'Title', provisioningState: 1 },
    ]);
    expect(story.rows[0]?.policyValues).toMatchObject({ Photo: digest });
  });

  /*   a rule for holders of a role beats the one for everybody   */
  it('comes from the rule with a role first', () => {
    const byRole = photoRule({ singleRole: 'Staff', value: scalarOf('Person:Title') });
    const story = (singleRoles: readonly string[]) =>
      new Story({
        type: { ...type, binaryRules: [photoRule(), byRole] },
        person: { Photo: portrait, Title: passport },
        singleRoles,
        singleRoleRules: singleRoles.map((role) => roleRule(role)),
      }).evaluate();

    expect(story(['Staff']).rows[0]?.policyValues).toEqual({ Photo: digestOfFile(passport) });
    expect(story([]).rows[0]?.policyValues).toEqual({ Photo: digest });
  });
});
