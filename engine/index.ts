/** What command line and console may use of the engine. */

export {
  type CaseResult,
  type ConnectorPackage,
  type ContractCase,
  generatePassword,
  loadContractSuite,
  type PasswordRecipe,
  packages,
} from '../connectors/index.ts';
export {
  openRequestStates,
  type RoleKind,
  takenParameters,
} from './evaluate/index.ts';
export * from './file-tools/index.ts';
export {
  FulfilError,
  listTickets,
  retryOrders,
  type Ticket,
  withdrawOrders,
} from './fulfil/index.ts';
export * from './insight/index.ts';
export * from './job/index.ts';
export * from './plan/index.ts';
export {
  checkComment,
  countGaps,
  countReviewItems,
  type Decision,
  DecisionError,
  type DecisionResult,
  decideFound,
  decideGaps,
  decideOrphans,
  decideReview,
  findGaps,
  type Gap,
  type GapFilter,
  type GapKind,
  groupReviewValues,
  type ItemFilter,
  listDecidedRoleGaps,
  listGapPage,
  listGaps,
  listReviewItems,
  listReviewPage,
  listRolePage,
  type Postponement,
  RequestError,
  type ReviewItem,
  type ReviewValue,
  reviewStates,
  type ShownRole,
  type ShownValue,
  showInstant,
  toRequestable,
} from './provision/index.ts';
export {
  countOrders,
  listJobInstances,
  listOrderEvents,
  listOrders,
  listTaskInstances,
  type ModelMigrationStep,
  type OrderEventRow,
  type OrderStatus,
  type ProvisioningOrderRow,
  type RequestedFilter,
  type RequestedKind,
  readOrder,
  type Store,
  StoreError,
} from './store/index.ts';
