import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A skipped suite is a suite that checked nothing: CI fails on one (see .ci/run).
    reporters: process.env.CI ? ["default", ["json", { outputFile: "dist/test-results.json" }]] : ["default"],
    // A core is not kept free: on two of them that would be half of the time.
    maxWorkers: "100%",
    testTimeout: 60_000,
  },
});
