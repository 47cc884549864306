import type { Metadata } from "next";
import { Suspense } from "react";
import { ManagementPage } from "@/features/followers/management-page";

export const metadata: Metadata = { title: "Management · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <ManagementPage />
    </Suspense>
  );
}
