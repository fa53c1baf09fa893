/** What tests of `routec serve` share: each service and each provider ends with the test. */
import { onTestFinished } from "vitest";
import { type FakeProvider, fakeProvider } from "../support/fake-provider.ts";
import { policyOf, remove, type Service, type ServiceOptions, startService, temporary } from "./service.ts";

export async function provided(): Promise<FakeProvider> {
  const fake = await fakeProvider();
  onTestFinished(() => fake.close());
  return fake;
}

export function newFolder(): string {
  const folder = temporary();
  onTestFinished(() => remove(folder));
  return folder;
}

/** Serves what `declarations` say of models `a` and `b`, which are at `url`. */
export async function served(url: string, declarations: string, options: ServiceOptions = {}): Promise<Service> {
  const service = await startService(policyOf(url, declarations), { folder: newFolder(), ...options });
  onTestFinished(async () => {
    await service.stop("SIGKILL");
  });
  return service;
}
