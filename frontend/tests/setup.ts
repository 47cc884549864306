import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// Against hanging only; the usual second is a measure of the machine.
configure({ asyncUtilTimeout: 60_000 });

// What jsdom lacks and the parts of the page ask for.
class NoResize implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= NoResize;
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.hasPointerCapture = () => false;
Element.prototype.setPointerCapture = () => undefined;
Element.prototype.releasePointerCapture = () => undefined;
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1_000 });
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 600 });
