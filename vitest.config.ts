import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

type Plugin = Extract<NonNullable<ViteUserConfig["plugins"]>[number], { name: string }>;

/** Pure functions, which leave nothing behind: their files share the modules that a worker has loaded. */
const PURE = ["test/compiler/**/*.test.ts", "test/docs/**/*.test.ts", "test/calibration/**/*.test.ts"];

const SEEDED = fileURLToPath(new URL("test/support/seeded.ts", import.meta.url));

/** Gives tests `test/support/seeded.ts` for fast-check, and that file fast-check itself. */
const seeded: Plugin = {
  name: "seeded",
  enforce: "pre",
  resolveId: (id, importer) => (id === "fast-check" && importer !== SEEDED ? SEEDED : null),
};

export default defineConfig({
  plugins: [seeded],
  test: {
    // A skipped suite is a suite that checked nothing: CI fails on one (see .ci/run).
    reporters: process.env.CI ? ["default", ["json", { outputFile: "dist/test-results.json" }]] : ["default"],
    // A core is not kept free: on two of them that would be half of the time.
    maxWorkers: "100%",
    // For what hangs: a machine that others keep busy takes ten times as long.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      { extends: true, test: { name: "pure", include: PURE, isolate: false } },
      {
        extends: true,
        test: { name: "alone", include: ["test/**/*.test.ts"], exclude: [...PURE, "**/node_modules/**"] },
      },
    ],
  },
});
