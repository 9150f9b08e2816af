/** Raised for bytes that are not LDAP; ends the connection they came from. */
export class MalformedMessageError extends Error {}
