import { naiveStore } from "../../../support/naive-store.ts";
import { conforms } from "./conformance.ts";

conforms("the naive store", { open: async () => naiveStore() });
