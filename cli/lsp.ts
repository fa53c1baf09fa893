/** `routec lsp --stdio` */
import { type Command, define, UsageError } from "./command.ts";

export const command: Command = define({
  usage: "lsp [--stdio]",
  about: `Runs the language server, which an editor starts and talks to: over standard input and output, or, with --node-ipc,
over the channel of the Node process that has started it. docs/editor.md says how to set an editor up.`,
  options: {
    stdio: { type: "boolean", help: "over standard input and output (the default)" },
    "node-ipc": { type: "boolean", help: "over the channel to the Node process that has started it" },
    clientProcessId: { type: "string", value: "number", help: "the editor's process, as VS Code says it; not needed" },
  },
  takes: [0, 0],
  examples: ["routec lsp --stdio"],
  async run(values) {
    const ipc = values["node-ipc"] === true;
    if (ipc && values.stdio === true) throw new UsageError("`--stdio` and `--node-ipc` exclude each other");
    if (ipc && process.send === undefined)
      throw new UsageError("`--node-ipc` needs a channel to the process that has started it: `--stdio` needs none");
    const { runServer } = await import("../lsp/main.ts");
    return runServer(ipc ? "ipc" : "stdio");
  },
});
