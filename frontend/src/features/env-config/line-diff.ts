/** One line of a comparison: what stays, goes or comes. Numbers are those of the line in its own text. */
export interface DiffLine {
  kind: "same" | "gone" | "new";
  number: number;
  text: string;
}

/** Beyond this many lines a side, what differs is told as a whole: the comparison takes time and memory by their product. */
const COMPARED_MAX = 1_000;

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The two texts line by line, with the longest common part kept. */
export function diffOf(before: string, after: string): DiffLine[] {
  const [old, next] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < next.length - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  const same = (from: number, to: number) => next.slice(from, to).map((text, index): DiffLine => ({ kind: "same", number: from + index + 1, text }));
  const middle = compare(old.slice(start, old.length - end), next.slice(start, next.length - end), start);
  return [...same(0, start), ...middle, ...same(next.length - end, next.length)];
}

function compare(old: string[], next: string[], offset: number): DiffLine[] {
  const gone = (index: number): DiffLine => ({ kind: "gone", number: offset + index + 1, text: old[index] ?? "" });
  const come = (index: number): DiffLine => ({ kind: "new", number: offset + index + 1, text: next[index] ?? "" });
  if (old.length > COMPARED_MAX || next.length > COMPARED_MAX) return [...old.map((_, index) => gone(index)), ...next.map((_, index) => come(index))];
  const longest = commonLengths(old, next);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < next.length) {
    if (i < old.length && j < next.length && old[i] === next[j]) {
      lines.push({ ...come(j), kind: "same" });
      i += 1;
      j += 1;
    } else if (i < old.length && (j >= next.length || (longest[i + 1]?.[j] ?? 0) >= (longest[i]?.[j + 1] ?? 0))) {
      lines.push(gone(i));
      i += 1;
    } else {
      lines.push(come(j));
      j += 1;
    }
  }
  return lines;
}

/** `[i][j]`: how many lines the rest of `old` from i and the rest of `next` from j have in common. */
function commonLengths(old: string[], next: string[]): Uint16Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(next.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = next.length - 1; j >= 0; j -= 1) {
      const row = rows[i];
      if (row !== undefined) row[j] = old[i] === next[j] ? (rows[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(rows[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}

/** Whether anything differs. */
export function isChanged(lines: readonly DiffLine[]): boolean {
  return lines.some((line) => line.kind !== "same");
}
