/** What a rule is conditional on, all groups and the `match` that it stands in included. */
import type { Program } from "../program/program.ts";
import { formatCondition } from "../syntax/index.ts";

/** For `GraphOptions.conditionOf`: conditions as they are written. */
export function conditionsIn({ routes }: Program): (route: string, rule: number) => string {
  return (name, rule) => {
    const route = routes.find(({ names }) => names[0] === name);
    const text = route?.rules[rule]?.text ?? "";
    const covers = ({ first, end }: { readonly first: number; readonly end: number }): boolean =>
      first <= rule && rule < end;
    const whens = (route?.whens ?? []).filter(covers).map(({ written }) => formatCondition(written));
    const match = route?.matches.find(covers);
    const patterns = text.slice(0, text.lastIndexOf("-> ")).trim();
    const arm = match === undefined ? [] : [`${match.operands.map((operand) => operand.name).join(", ")}: ${patterns}`];
    const all = [...whens, ...arm].join(" and ");
    if (all === "") return text.startsWith("otherwise") ? "otherwise" : "always";
    return text.startsWith("otherwise") ? `when ${all}, otherwise` : whens.length === 0 ? all : `when ${all}`;
  };
}
