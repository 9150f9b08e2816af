/** Settings of one connection to shared folders. */
import Type, { type Static } from 'typebox';
import { smbSettings } from '../spi/smb/smb-settings.ts';

const fields = Type.Object(
  {
    InputDirectories: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description:
        'Folders to scan: local paths, or shares of file servers (\\\\server\\share\\folder).',
    }),
    LevelOfScan: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        description:
          'How many levels below each input directory are scanned; 0: the directories alone. Without it, all of them.',
      }),
    ),
    OnlyDirectoryScan: Type.Boolean({
      default: false,
      description: 'Leaves out files: folders only.',
    }),
    ListOfSIDToAvoid: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Security identifiers whose rights are left out.',
    }),
    ListOfPathsToAvoid: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Folders and files that are left out with all below them, as Path spells them; for what may not be read.',
    }),
    RightsFrom: Type.Union([Type.Literal('Auto'), Type.Literal('Posix')], {
      default: 'Auto',
      description:
        'Local folders: Auto takes the Windows rights that Samba keeps, else NFSv4 rights, else POSIX rights; Posix takes POSIX rights always.',
    }),
    ...smbSettings,
  },
  { additionalProperties: false, dependencies: { Login: ['Password'], Password: ['Login'] } },
);

export const sharedFolderSettings = fields;
export type SharedFolderSettings = Static<typeof fields>;
