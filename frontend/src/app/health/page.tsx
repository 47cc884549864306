import type { Metadata } from "next";
import { Suspense } from "react";
import { HealthPage } from "@/features/health/health-page";

export const metadata: Metadata = { title: "Health · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <HealthPage />
    </Suspense>
  );
}
