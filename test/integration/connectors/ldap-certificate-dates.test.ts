import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { createContext, runExport, settingsFor, table } from './ldap-directory.ts';

const day = 86_400_000;

/** From and to, in days from now, and what is said of it. */
const periods = [
  ['valid only from tomorrow', 1, 3, /is not valid yet/u],
  ['that expired yesterday', -3, -1, /has expired/u],
] as const;

describeWithServer('ldap', 'a directory with a certificate', () => {
  describe.each(periods)('%s', (_, from, to, message) => {
    let slapd: Slapd;
    beforeAll(async () => {
      const now = Date.now();
      slapd = await startSlapd({
        certificatePeriod: { from: new Date(now + from * day), to: new Date(now + to * day) },
      });
    });
    afterAll(async () => {
      await slapd?.[Symbol.asyncDispose]();
    });

    it.each(['EnableSSL', 'StartTls'])(
      'is neither read nor written to, with %s',
      async (security) => {
        const port = security === 'EnableSSL' ? slapd.tlsPort : slapd.port;
        const settings = settingsFor(slapd, {
          Server: `127.0.0.1:${port}`,
          CaFile: slapd.caFile,
          [security]: true,
        });
        const refused = { kind: 'unauthenticated', message: expect.stringMatching(message) };

        const { rows, ends, error } = await runExport(settings, [table('entries', ['dn'])]);

        expect(error).toMatchObject(refused);
        expect([rows, ends]).toEqual([[], []]);
        for (const side of [ldapExporter, ldapFulfiller]) {
          const checked = side.checkConnection(settings, createContext());
          await expect(checked).rejects.toMatchObject(refused);
        }
      },
    );
  });
});
