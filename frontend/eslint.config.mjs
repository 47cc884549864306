import nextVitals from "eslint-config-next/core-web-vitals";
import nextTypescript from "eslint-config-next/typescript";
import { defineConfig, globalIgnores } from "eslint/config";

const NO_NEXT = { group: ["next", "next/*"], message: "Only src/app and src/ui/link.tsx know Next." };
const NO_FEATURES = { group: ["@/features/*", "@/features/**"], message: "live, ui, words and api know no feature." };
const NO_OUTER = { group: ["@/app/*", "@/shell/*"], message: "A feature knows neither the shell nor the routes." };

export default defineConfig([
  ...nextVitals,
  ...nextTypescript,
  globalIgnores([".next/**", "out/**", "next-env.d.ts", "src/api/schema.ts", "public/**"]),
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "max-lines": ["error", { max: 500 }],
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      // It speaks of what the React Compiler leaves out, and that is not used.
      "react-hooks/incompatible-library": "off",
    },
  },
  { files: ["src/**"], ignores: ["src/app/**", "src/ui/link.tsx"], rules: { "no-restricted-imports": ["error", { patterns: [NO_NEXT] }] } },
  {
    files: ["src/live/**", "src/ui/**", "src/words/**", "src/api/**"],
    ignores: ["src/ui/link.tsx"],
    rules: { "no-restricted-imports": ["error", { patterns: [NO_NEXT, NO_FEATURES, NO_OUTER] }] },
  },
  ...["alerts", "blacklist", "env-config", "followers", "health", "history", "logs", "multipliers", "positions", "queue",
    "replications", "settings", "setup", "short-sales"].map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: {
      "no-restricted-imports": ["error", {
        patterns: [NO_NEXT, NO_OUTER, {
          regex: `^@/features/(?!${feature}(/|$))`, message: "Features never import each other: what they share is in ui, words or live.",
        }],
      }],
    },
  })),
]);
