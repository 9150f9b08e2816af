export { closeTicket, type TicketAnswer } from './close-ticket.ts';
export { describeTarget } from './describe-target.ts';
export { FulfilError } from './errors.ts';
export { type FulfilRequest, type FulfilResult, fulfilConnection } from './fulfil-connection.ts';
export { listTickets, type Ticket } from './list-tickets.ts';
