/** Where `routec` begins. It imports nothing statically: what follows may not even parse on a Node that is too old. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`routec needs Node 22.19 or later, this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else {
  // V8's compiled code is kept in the system's folder for temporary files; NODE_DISABLE_COMPILE_CACHE=1 turns that off.
  process.getBuiltinModule("node:module").enableCompileCache();
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2));
  // Else V8 takes its time to clear away a heap that nobody needs. What a full pipe has not taken yet is waited for.
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
}
