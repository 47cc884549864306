import type { Metadata } from "next";
import { Suspense } from "react";
import { EnvConfigPage } from "@/features/env-config/env-config-page";

export const metadata: Metadata = { title: "Env config · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <EnvConfigPage />
    </Suspense>
  );
}
