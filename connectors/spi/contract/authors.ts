/**
 * What a connector outside of this repository is written with; the build makes `dist/connectors/authors.js` of it, so that the connector
 * and its `contract.ts` need nothing else of the package.
 */
export { ConnectorError, type ConnectorErrorKind } from '../errors.ts';
export { describeFileError, resolveBelowRoots, resolveSettingPath } from '../file-access.ts';
export { writeFileAtomically } from '../file-writing.ts';
export type * from '../order.ts';
export type * from '../package.ts';
export type { Row } from '../row.ts';
export { Secret } from '../secret.ts';
export { secretText } from '../settings.ts';
export * from './subject.ts';
