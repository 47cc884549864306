import type { Metadata } from "next";
import { Suspense } from "react";
import { LogsPage } from "@/features/logs/logs-page";

export const metadata: Metadata = { title: "Logs · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <LogsPage />
    </Suspense>
  );
}
