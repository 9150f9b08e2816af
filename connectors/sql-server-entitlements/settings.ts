/** Settings of a connection that reads who may do what in SQL Server. */
import { type Static, Type } from 'typebox';
import { secretText } from '../spi/settings.ts';

export const entitlementSettings = Type.Object(
  {
    ConnectionString: secretText(
      'How to reach the server, as `key=value` pairs joined by `;`: `Server=host,1433;User ID=…;Password=…`. `Encrypt` is on unless it says otherwise.',
    ),
    Timeout: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400,
        default: 600,
        description:
          'Seconds that one query may keep us waiting for the server, all its waits added up; then it fails. 0: no limit.',
      }),
    ),
    Databases: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        uniqueItems: true,
        description:
          'Databases whose principals are exported. Not set: all of the server; one that cannot be read then leaves the tables of databases partial.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type EntitlementSettings = Static<typeof entitlementSettings>;
