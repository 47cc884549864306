import type { Metadata } from "next";
import { Suspense } from "react";
import { HistoryPage } from "@/features/history/history-page";

export const metadata: Metadata = { title: "History · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <HistoryPage />
    </Suspense>
  );
}
