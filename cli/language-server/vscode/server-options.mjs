// What the extension starts and for which files: plain values, which a test can look at without an editor.

/**
 * The server's command line. The client's library adds `--stdio` and the id of its own process.
 * @param {string} command
 */
export function serverOptions(command) {
  // 0 is the transport "stdio" of the client's library.
  return { command, args: ['language-server'], transport: 0 };
}

/** Files of configurations; the server leaves alone what belongs to none. */
export function clientOptions() {
  return {
    documentSelector: ['xml', 'json', 'jsonc'].map((language) => ({ scheme: 'file', language })),
  };
}
