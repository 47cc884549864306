import type { Metadata } from "next";
import { Suspense } from "react";
import { QueuePage } from "@/features/queue/queue-page";

export const metadata: Metadata = { title: "Queue · DAS Copy Trader" };

export default function Page() {
  return (
    <Suspense fallback={null}>
      <QueuePage />
    </Suspense>
  );
}
