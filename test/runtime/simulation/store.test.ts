import { simulatedStore } from "../../../runtime/simulation/store.ts";
import { conforms } from "../ledger/stores/conformance.ts";
import { START } from "../ledger/stores/counters.ts";

conforms("the store of simulations", { open: async () => simulatedStore({ meters: [] }, new Map(), START) });
