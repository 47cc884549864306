import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Confirm } from "@/ui/dialog";

it("begins on Cancel, does it once however often it is pressed, and closes afterwards", async () => {
  const user = userEvent.setup();
  let finish: () => void = () => undefined;
  const onConfirm = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const onClose = vi.fn();
  render(
    <Confirm isOpen onClose={onClose} title="Remove?" confirmWord="Remove" onConfirm={onConfirm}>
      <p>It is gone then.</p>
    </Confirm>,
  );
  expect(screen.getByRole("button", { name: "Cancel" })).toHaveFocus();
  const button = screen.getByRole("button", { name: "Remove" });
  await user.dblClick(button);
  expect(onConfirm).toHaveBeenCalledTimes(1);
  await user.keyboard("{Escape}");
  expect(onClose).not.toHaveBeenCalled();
  finish();
  await waitFor(() => expect(onClose).toHaveBeenCalledTimes(1));
});

it("is left by Escape without doing anything", async () => {
  const user = userEvent.setup();
  const onConfirm = vi.fn(() => Promise.resolve());
  const onClose = vi.fn();
  render(
    <Confirm isOpen onClose={onClose} title="Remove?" confirmWord="Remove" onConfirm={onConfirm}>
      <p>It is gone then.</p>
    </Confirm>,
  );
  await user.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalledTimes(1);
  expect(onConfirm).not.toHaveBeenCalled();
});
