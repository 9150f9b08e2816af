export type { Report as FulfilReport } from './carry-out.ts';
export type { Circuit } from './circuit.ts';
export { closeTicket, closeTickets, type TicketAnswer } from './close-ticket.ts';
export { describeTarget } from './describe-target.ts';
export { FulfilError } from './errors.ts';
export {
  type FulfilRequest,
  type FulfilResult,
  fulfilConnection,
  type OrderPasswords,
  type PreparedPasswords,
} from './fulfil-connection.ts';
export {
  listTicketPage,
  listTickets,
  readTicket,
  type Ticket,
  type TicketPage,
  type TicketSelection,
  toTicketFilter,
} from './list-tickets.ts';
export { type OrderDecision, retryOrders, withdrawOrders } from './steer-orders.ts';
