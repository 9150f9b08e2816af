/** Settings of one connection to home folders. */
import Type, { type Static } from 'typebox';
import { smbSettings } from '../spi/smb/smb-settings.ts';

const fields = Type.Object(
  {
    InputDirectories: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description:
        'Folders that contain the home folders: local paths, or shares of file servers (\\\\server\\share\\folder).',
    }),
    ...smbSettings,
  },
  { additionalProperties: false, dependencies: { Login: ['Password'], Password: ['Login'] } },
);

export const homeFolderSettings = fields;
export type HomeFolderSettings = Static<typeof fields>;
