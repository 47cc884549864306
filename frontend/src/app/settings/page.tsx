import type { Metadata } from "next";
import { Suspense } from "react";
import { SettingsPage } from "@/features/settings/settings-page";

export const metadata: Metadata = { title: "Settings · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <SettingsPage />
    </Suspense>
  );
}
