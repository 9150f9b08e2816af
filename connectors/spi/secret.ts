/** Secrets as connectors meet them; the class lives with its first user, the settings of a project. */
export { Secret } from '../../config/index.ts';
