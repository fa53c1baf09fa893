/** Outcomes of which each line is one model's answer, put together to one record a request. */
import { isAnswerFact } from "./columns.ts";
import { type Cell, type OutcomeRecord, OutcomesError, type Records } from "./records.ts";

/** What tells that two lines are of one request: the first of these that all lines have. */
const KEYS = ["id", "request_id", "request", "sample_id", "prompt", "question"];

/**
 * The records as they are, unless each has a `model`: then what it says of an answer goes under that model's name, beside
 * what the other lines of the same request say.
 *
 * @throws OutcomesError where lines cannot be put together
 */
export function togetherByRequest(records: Records): Records {
  const { all } = records;
  if (!all.every(({ cells }) => typeof cells.get("model") === "string")) return records;
  const key = KEYS.find((name) => all.every(({ cells }) => cells.has(name)));
  if (key === undefined)
    throw new OutcomesError(
      `each line has a \`model\`, and none of ${KEYS.join(", ")} says which lines are of one request`,
    );
  const requests = Map.groupBy(all, ({ cells }) => String(cells.get(key)));
  const together = [...requests].map(([request, lines]): OutcomeRecord => {
    const cells = new Map<string, Cell>();
    const seen = new Set<string>();
    for (const { line, cells: own } of lines) {
      const model = String(own.get("model"));
      if (seen.has(model))
        throw new OutcomesError(`line ${line}: a second answer of \`${model}\` to ${key} \`${request}\``);
      seen.add(model);
      for (const [column, cell] of own)
        if (isAnswerFact(column)) cells.set(`models.${model}.${column}`, cell);
        else if (column !== "model") cells.set(column, cell);
    }
    return { line: lines[0]?.line ?? 0, cells };
  });
  return { columns: [...new Set(together.flatMap(({ cells }) => [...cells.keys()]))], all: together };
}
