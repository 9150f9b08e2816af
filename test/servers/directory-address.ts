/** Where a directory server is, and who may do everything on it. */
export interface DirectoryLogin {
  readonly port: number;
  readonly suffix: string;
  readonly rootDn: string;
  readonly rootPassword: string;
}

/** How to reach a running directory server; plain data. Test files keep to an entry of their own below `suffix`. */
export interface DirectoryAddress extends DirectoryLogin {
  readonly host: '127.0.0.1';
  readonly tlsPort: number;
  /** PEM file of the authority that signed the server's certificate, which names `localhost`; it may be that certificate. */
  readonly caFile: string;
  readonly pid: number;
}
