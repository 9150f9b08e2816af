/** What command line and console may use of the engine. */
export * from './file-tools/index.ts';
export { FulfilError, listTickets, type Ticket } from './fulfil/index.ts';
export * from './job/index.ts';
export {
  type Decision,
  DecisionError,
  decideGaps,
  decideReview,
  type Gap,
  listGaps,
  listReviewItems,
  type ReviewItem,
  type ShownValue,
} from './provision/index.ts';
export {
  countOrders,
  listJobInstances,
  listOrders,
  listTaskInstances,
  type ModelMigrationStep,
  type OrderStatus,
  type ProvisioningOrderRow,
  readOrder,
  type Store,
  StoreError,
} from './store/index.ts';
