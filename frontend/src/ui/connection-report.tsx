"use client";

import { toast } from "sonner";
import type { ConnectionReport, ConnectionStep } from "@/api/schema";
import { CONNECTION_STEP_TITLES, stepWord } from "@/words/step";
import { Button } from "./button";
import { StateChip } from "./chip";

/** What a connection test came to, step by step. */
export function ConnectionSteps({ report }: { report: ConnectionReport }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(reportText(report));
      toast.success("The details are copied.");
    } catch {
      toast.error("This browser does not let the page copy.");
    }
  };
  return (
    <div role="status" className="flex flex-col gap-1.5">
      <p>
        <strong>{report.ok ? "This account can be used." : "This account cannot be used like this."}</strong>{" "}
        <span className="text-muted">
          Account {report.account_id} at {report.address}
        </span>
      </p>
      <ol className="flex flex-col gap-1">
        {report.steps.map((step) => (
          <StepLine key={step.name} step={step} />
        ))}
      </ol>
      <div>
        <Button onClick={() => void copy()}>Copy details</Button>
      </div>
    </div>
  );
}

function StepLine({ step }: { step: ConnectionStep }) {
  return (
    <li className="grid items-start gap-x-3 sm:grid-cols-[5.5rem_11rem_1fr_4rem]">
      <span>
        <StateChip word={stepWord(step.ok)} className="h-4.5" />
      </span>
      <span className="font-medium">{CONNECTION_STEP_TITLES[step.name]}</span>
      <span className="min-w-0 break-words">{step.detail}</span>
      <span className="text-right text-muted max-sm:hidden">{Math.round(step.elapsed_ms)} ms</span>
    </li>
  );
}

function reportText(report: ConnectionReport): string {
  const lines = report.steps.map((step) => `${stepWord(step.ok).word.padEnd(8)} ${CONNECTION_STEP_TITLES[step.name]}: ${step.detail} (${Math.round(step.elapsed_ms)} ms)`);
  return [`Account ${report.account_id} at ${report.address}: ${report.ok ? "passed" : "failed"}`, ...lines].join("\n");
}
