/** The server in a process of its own: over standard input and output, or over Node's channel to its parent. */
import type { Message, ResponseMessage } from "vscode-languageserver-protocol";
import {
  createProtocolConnection,
  IPCMessageReader,
  IPCMessageWriter,
  LSPErrorCodes,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { serve } from "./server.ts";
import { CANCELLED } from "./session.ts";

/** Resolves with the exit code when the client says so, or is gone. */
export async function runServer(channel: "stdio" | "ipc"): Promise<number> {
  const stdio = channel === "stdio";
  const reader = stdio ? new StreamMessageReader(process.stdin) : new IPCMessageReader(process);
  const writer = stdio ? new StreamMessageWriter(process.stdout) : new IPCMessageWriter(process);
  const connection = createProtocolConnection(reader, writer, undefined, {
    connectionStrategy: { cancelUndispatched: cancelled },
  });
  const ended = Promise.withResolvers<number>();
  const close = serve(connection, ended.resolve);
  connection.onClose(() => ended.resolve(1));
  // An editor that died says nothing more: without it the server would go on for ever.
  if (!stdio) process.once("disconnect", () => ended.resolve(1));
  connection.listen();
  const code = await ended.promise;
  await close();
  connection.dispose();
  // What is still open would keep the process from ending.
  if (stdio) process.stdin.destroy();
  else if (process.connected) process.disconnect();
  return code;
}

/** Said of a request for which nothing was done yet. */
function cancelled({ jsonrpc }: Message): ResponseMessage {
  // The connection puts the request's number in.
  return { jsonrpc, id: null, error: { code: LSPErrorCodes.RequestCancelled, message: CANCELLED } };
}
