import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConnectionString } from './connection-string.ts';
import { readAddress } from './open-request.ts';

describe('connection strings', () => {
  it.each([
    ['Server=a;Database=b', { server: 'a', database: 'b' }],
    [' data SOURCE = a ; Initial_Catalog=b;', { server: 'a', database: 'b' }],
    ['Uid=u;Pwd="p;q""r"', { user: 'u', password: 'p;q"r' }],
    ["User ID=u;Password='it''s'", { user: 'u', password: "it's" }],
    ['Password={a;b}}c};Host=h', { password: 'a;b}c', server: 'h' }],
    ['Password={abc;Host=h', { password: '{abc', server: 'h' }],
    ['Password=a=b==c;Host=h', { password: 'a=b==c', server: 'h' }],
    ['Password=one;password=two', { password: 'two' }],
    ['Password=;Host=h', { password: '', server: 'h' }],
    ['', {}],
  ])('reads %s', (text, values) => {
    expect(parseConnectionString(text).values).toEqual(values);
  });

  it('names unknown keys, and stays silent about those of other drivers', () => {
    expect(parseConnectionString('Pooling=true;Colour=red;Host=h').unknownKeys).toEqual(['Colour']);
  });

  it.each(['Server', 'Server=a;junk', '=x', 'Password="open', 'Password="a"b;Host=h'])(
    'refuses %s without repeating it',
    (text) => {
      try {
        parseConnectionString(text);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ kind: 'invalid-value' });
        expect(String(error)).not.toMatch(/junk|open|"a"b/);
      }
    },
  );

  it('keeps any value that is quoted', () => {
    fc.assert(
      fc.property(fc.string(), (password) => {
        const text = `Host=h;Password="${password.replaceAll('"', '""')}";Database=d`;
        expect(parseConnectionString(text).values).toEqual({
          server: 'h',
          password,
          database: 'd',
        });
      }),
    );
  });

  it('ends for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=;"\'{} ') }), (text) => {
        try {
          parseConnectionString(text);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid-value' });
        }
      }),
    );
  });
});

describe('server addresses', () => {
  it.each([
    ['tcp:db,1444', { host: 'db', port: 1444 }],
    ['db:15', { host: 'db', port: 15 }],
    ['(local)', { host: 'localhost', port: 1433 }],
    ['.\\SQLEXPRESS', { host: 'localhost', port: 1433, instance: 'SQLEXPRESS' }],
    ['10.0.0.1', { host: '10.0.0.1', port: 1433 }],
    ['::1', { host: '::1', port: 1433 }],
    ['[::1]:5', { host: '::1', port: 5 }],
  ])('reads %s', (server, address) => {
    expect(readAddress({ server }, 1433)).toEqual(address);
  });

  it('refuses a port that is none', () => {
    expect(() => readAddress({ server: 'db', port: '99999' }, 1)).toThrow(/port/);
  });
});
