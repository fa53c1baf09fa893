/** A report for a terminal and for screen readers: its paragraphs, figures and tables, without its charts. */
import { styleText } from "node:util";
import { layOut, printable } from "../../diagnostics/cells.ts";
import type { Block, Report, Table } from "../../html-report/index.ts";

/** For people. */
export function renderHuman({ title, about, sections }: Report, color: boolean): string {
  const bold = (text: string): string => (color ? styleText("bold", text, { validateStream: false }) : text);
  const parts = sections.map(({ heading, blocks }) => {
    const lines = blocks.flatMap(humanLines);
    return lines.length === 0 ? "" : `\n${bold(printable(heading))}\n${lines.map((line) => `  ${line}\n`).join("")}`;
  });
  return `${bold(printable(title))}\n${printable(about)}\n${parts.join("")}`;
}

function humanLines(block: Block): readonly string[] {
  if (block.kind === "paragraph") return [printable(block.text)];
  return block.kind === "table" ? tableLines(block) : [];
}

function tableLines({ caption, columns, rows }: Table): readonly string[] {
  const all = [columns.map(({ heading }) => heading), ...rows].map((row) => row.map(shown));
  const widths = columns.map((_, index) => Math.max(...all.map((row) => width(row[index] ?? ""))));
  const padded = (cell: string, index: number): string => {
    const room = " ".repeat((widths[index] ?? 0) - width(cell));
    return columns[index]?.isNumber === true ? room + cell : cell + room;
  };
  const lines = all.map((row) => row.map(padded).join("  ").trimEnd());
  return caption === "" ? lines : [...lines, `(${printable(caption)})`];
}

/** A line for each row, each cell with what it is of. */
export function renderPlain({ title, about, sections }: Report): string {
  const lines = sections.flatMap(({ heading, blocks }) =>
    blocks.flatMap((block): string[] => {
      if (block.kind === "paragraph") return [`${heading}: ${block.text}`];
      if (block.kind !== "table") return [];
      return block.rows.map(([first = "", ...cells]) => {
        const told = cells.map((cell, index) => `${block.columns[index + 1]?.heading} ${cell}`);
        return `${heading}: ${first}: ${told.join(", ")}`;
      });
    }),
  );
  return [title, about, ...lines].map((line) => `${printable(line)}\n`).join("");
}

/** Without the marks of code, which a page needs and a terminal does not. */
function shown(cell: string): string {
  return printable(cell.replaceAll("`", ""));
}

function width(text: string): number {
  return layOut(text).cell(text.length);
}
