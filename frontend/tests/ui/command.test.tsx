import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { ask, type Answer } from "@/api/client";
import { useCommand } from "@/ui/command";

it("runs once while it is on its way, and again afterwards", async () => {
  const { result } = renderHook(() => useCommand());
  let answer: (answer: Answer<unknown>) => void = () => undefined;
  const call = vi.fn(() => new Promise<Answer<unknown>>((resolve) => (answer = resolve)));
  const runs: Promise<boolean>[] = [];
  act(() => {
    runs.push(result.current.run(call), result.current.run(call));
  });
  expect(call).toHaveBeenCalledTimes(1);
  expect(result.current.isSending).toBe(true);
  await act(async () => {
    answer({ kind: "done", value: null });
    await Promise.all(runs);
  });
  expect(await Promise.all(runs)).toEqual([true, false]);
  expect(result.current.isSending).toBe(false);
});

it("keeps the server's words, and those about single fields", async () => {
  const { result } = renderHook(() => useCommand());
  await act(async () => {
    await result.current.run(() => Promise.resolve({ kind: "refused", status: 422, sentence: "port: too large.", fields: { port: "too large" } }));
  });
  expect([result.current.sentence, result.current.fields]).toEqual(["port: too large.", { port: "too large" }]);
});

function response(status: number): Response {
  return new Response(null, { status });
}

it("tells done, refused and unknown apart", async () => {
  expect(await ask(() => Promise.resolve({ data: 5, response: response(200) }))).toEqual({ kind: "done", value: 5 });
  const problem = { detail: "The system is running.", errors: [{ field: "body.port", message: "too large" }] };
  expect(await ask(() => Promise.resolve({ error: problem, response: response(409) }))).toEqual({ kind: "refused", status: 409, sentence: "The system is running.", fields: { port: "too large" } });
  expect((await ask(() => Promise.reject(new Error("gone")))).kind).toBe("unknown");
  expect(await ask(() => Promise.resolve({ error: "<html>", response: response(502) }))).toMatchObject({ kind: "refused", sentence: "The server answered 502." });
});
