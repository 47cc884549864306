import type { Metadata } from "next";
import { Suspense } from "react";
import { BlacklistPage } from "@/features/blacklist/blacklist-page";

export const metadata: Metadata = { title: "Blacklist · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <BlacklistPage />
    </Suspense>
  );
}
