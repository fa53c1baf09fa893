import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A skipped suite is a suite that checked nothing: CI fails on one (see .ci/run).
    reporters: process.env.CI ? ["default", ["json", { outputFile: "dist/test-results.json" }]] : ["default"],
    testTimeout: 60_000,
  },
});
