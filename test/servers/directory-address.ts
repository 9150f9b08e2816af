/** How to reach a running directory server; plain data. Test files keep to an entry of their own below `suffix`. */
export interface DirectoryAddress {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly tlsPort: number;
  readonly suffix: string;
  readonly rootDn: string;
  readonly rootPassword: string;
  /** PEM file of the authority that signed the server's certificate, which names `localhost`; it may be that certificate. */
  readonly caFile: string;
  readonly pid: number;
}
