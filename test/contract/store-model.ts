/** Models of a few elements for the tests of stores. */
import { loadConfiguration, type Model } from '../../config/index.ts';
import type { StoreSettings } from '../../engine/store/index.ts';

/** A way to an empty store. */
export interface StoreSource extends AsyncDisposable {
  readonly settings: StoreSettings;
}

export function modelOf(elements: string): Model {
  const loaded = loadConfiguration([
    {
      path: 'model.xml',
      text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
        <Connector Identifier="HR" DisplayName_L1="HR" />
        <Connection Identifier="File" DisplayName_L1="File" Connector="HR" Package="Usercube.CSV@0000001" />
        ${elements}</ConfigurationFile>`,
    },
  ]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.model;
}
