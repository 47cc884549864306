import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Limits against hanging only: a slow machine is no defect, so nothing here measures how fast a test is.
const LIMITS = { testTimeout: 120_000, hookTimeout: 120_000, teardownTimeout: 120_000 };

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: {
    projects: [
      { extends: true, test: { ...LIMITS, name: "plain", environment: "node", include: ["tests/**/*.test.ts"], restoreMocks: true } },
      { extends: true, test: { ...LIMITS, name: "page", environment: "jsdom", setupFiles: ["./tests/setup.ts"], include: ["tests/**/*.test.tsx"], restoreMocks: true } },
    ],
  },
});
