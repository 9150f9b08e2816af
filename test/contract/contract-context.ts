/** What cases hand to a package, under the names that connectors' own tests use. */
export { showError } from '../../connectors/spi/contract/expectations.ts';
export type { ContextOptions as TestContextOptions } from '../../connectors/spi/contract/subject.ts';
export {
  collect,
  createTestContext,
  readSettings,
  type TestContext,
} from '../../connectors/spi/contract/test-context.ts';
