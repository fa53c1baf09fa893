/** undici's lowest layer by itself. */
/// <reference path="./undici-pool.d.ts" />
import type { Pool } from "undici";

/**
 * undici's `Pool`, without what else its index loads: `fetch`, mocks and interceptors take longer than the pool does, and
 * undici is most of a cold start. To be called where a policy needs it and not before.
 */
export async function poolClass(): Promise<typeof Pool> {
  const { default: pool } = await import("undici/lib/dispatcher/pool.js");
  return pool;
}
