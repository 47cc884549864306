import type { Metadata } from "next";
import { Suspense } from "react";
import { MultipliersPage } from "@/features/multipliers/multipliers-page";

export const metadata: Metadata = { title: "Multipliers · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <MultipliersPage />
    </Suspense>
  );
}
