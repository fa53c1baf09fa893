/** Reads vitest's JSON results: prints the closing line and fails when a test was skipped or none ran. */
import { readFileSync } from "node:fs";

interface Results {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}

const results: Results = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const skipped = results.testResults.flatMap((file) =>
  file.assertionResults
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ fullName }) => fullName),
);
for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
process.stdout.write(`${results.numPassedTests} passed, ${results.numFailedTests} failed, ${skipped.length} skipped\n`);
process.exitCode = results.numPassedTests > 0 && results.numFailedTests === 0 && skipped.length === 0 ? 0 : 1;
