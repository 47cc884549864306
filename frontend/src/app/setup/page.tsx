import type { Metadata } from "next";
import { Suspense } from "react";
import { SetupFlow } from "../setup-flow";

export const metadata: Metadata = { title: "Set-up · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <SetupFlow />
    </Suspense>
  );
}
