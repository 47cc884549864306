import { asked, Refusal, serve } from "../serve";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { faultsOf } from "@/features/env-config/env-editor";
import { EnvForm } from "@/features/env-config/env-form";
import { diffOf, isChanged, type DiffLine } from "@/features/env-config/line-diff";

function text(lines: readonly DiffLine[], ...kinds: DiffLine["kind"][]): string {
  return lines.flatMap((line) => (kinds.includes(line.kind) ? [`${line.text}\n`] : [])).join("");
}

describe("a difference", () => {
  it("shows what goes, comes and stays, with each line's number in its own text", () => {
    expect(diffOf("A=1\nB=2\nC=3\n", "A=1\nB=5\nC=3\nD=4\n").map((line) => `${line.kind} ${line.number} ${line.text}`)).toEqual(["same 1 A=1", "gone 2 B=2", "new 2 B=5", "same 3 C=3", "new 4 D=4"]);
    expect(isChanged(diffOf("A=1\r\n", "A=1\n"))).toBe(false);
  });

  it("gives both texts back, whatever they are", () => {
    let seed = 1;
    const next = (limit: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % limit;
    };
    const some = () => Array.from({ length: next(9) }, () => `K${next(4)}=${next(2)}\n`).join("");
    for (let round = 0; round < 300; round += 1) {
      const [before, after] = [some(), some()];
      const lines = diffOf(before, after);
      expect(text(lines, "same", "gone")).toBe(before);
      expect(text(lines, "same", "new")).toBe(after);
      expect(isChanged(lines)).toBe(before !== after);
    }
  });
});

describe("the form", () => {
  it("names the lines that are wrong, and stores nothing", async () => {
    serve({ "POST /api/env-config/check": new Refusal(422, "Nothing was stored. line 2: it is no number.", [{ field: "line 2", message: "APP_PORT: it is no number" }]) });
    const user = userEvent.setup();
    render(<EnvForm content="LOG_LEVEL=INFO\n" onSaved={() => undefined} />);
    const area = screen.getByLabelText("Stored content");
    await user.clear(area);
    await user.type(area, "LOG_LEVEL=INFO{Enter}APP_PORT=x");
    await user.click(screen.getByRole("button", { name: "Check and review…" }));
    const fault = await screen.findByRole("button", { name: "Line 2: APP_PORT: it is no number" });
    await user.click(fault);
    expect(area).toHaveFocus();
    expect((area as HTMLTextAreaElement).selectionStart).toBe("LOG_LEVEL=INFO\n".length);
    expect(asked("PUT", "/api/env-config")).toEqual([]);
  });

  it("stores what was reviewed, once", async () => {
    let saved = 0;
    serve({ "POST /api/env-config/check": { applied: ["LOG_LEVEL"], restart_required: [], warnings: ["SURPRISE is no setting."] }, "PUT /api/env-config": { applied: ["LOG_LEVEL"], restart_required: [] } });
    const user = userEvent.setup();
    render(<EnvForm content="" onSaved={() => (saved += 1)} />);
    expect(screen.getByRole("button", { name: "Check and review…" })).toBeDisabled();
    await user.type(screen.getByLabelText("Stored content"), "LOG_LEVEL=DEBUG");
    await user.click(screen.getByRole("button", { name: "Check and review…" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("SURPRISE is no setting.");
    await user.dblClick(within(dialog).getByRole("button", { name: "Store and apply" }));
    await waitFor(() => expect(saved).toBe(1));
    expect(asked("PUT", "/api/env-config").map((one) => one.body)).toEqual([{ content: "LOG_LEVEL=DEBUG" }]);
  });

  it("sorts complaints by line, those without one first", () => {
    expect(faultsOf({ "line 10": "b", "line 2": "a", DB_PATH: "c" })).toEqual([
      { line: null, sentence: "DB_PATH: c" },
      { line: 2, sentence: "a" },
      { line: 10, sentence: "b" },
    ]);
  });
});
