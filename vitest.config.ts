import { defineConfig } from "vitest/config";

/** Pure functions, which leave nothing behind: their files share the modules that a worker has loaded. */
const PURE = ["test/compiler/**/*.test.ts", "test/docs/**/*.test.ts", "test/calibration/**/*.test.ts"];

export default defineConfig({
  test: {
    // A skipped suite is a suite that checked nothing: CI fails on one (see .ci/run).
    reporters: process.env.CI ? ["default", ["json", { outputFile: "dist/test-results.json" }]] : ["default"],
    // A core is not kept free: on two of them that would be half of the time.
    maxWorkers: "100%",
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "pure", include: PURE, isolate: false } },
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts"], exclude: PURE } },
    ],
  },
});
