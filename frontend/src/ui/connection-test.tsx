"use client";

import { PlugZap } from "lucide-react";
import { useState } from "react";
import { api, ask } from "@/api/client";
import type { ConnectionReport, ConnectionTestBody } from "@/api/schema";
import { Button } from "./button";
import { useCommand } from "./command";
import { ConnectionSteps } from "./connection-report";
import { Complaint } from "./notice";

/** A test waits half a minute for a platform before it gives up. */
const TEST_LIMIT_MS = 40_000;

interface ConnectionTestProps {
  /** What is to be tried: a stored account, with what the form says instead. */
  bodyOf: () => ConnectionTestBody;
  /** Whose account, for those who hear the page. */
  name: string;
  /** Why it cannot be tried yet; empty when it can. */
  whyNot?: string;
}

/** Tries an account: address, login, lists. It sends no order and stores nothing. */
export function ConnectionTest({ bodyOf, name, whyNot = "" }: ConnectionTestProps) {
  const command = useCommand();
  const [report, setReport] = useState<ConnectionReport | null>(null);
  const test = () => {
    setReport(null);
    return command.run(async () => {
      const answer = await ask((signal) => api.POST("/api/test-connection", { body: bodyOf(), signal }), TEST_LIMIT_MS);
      if (answer.kind === "done") setReport(answer.value);
      return answer;
    });
  };
  const word = report === null ? "Test connection" : "Test again";
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Button size="normal" disabled={whyNot !== ""} isBusy={command.isSending} onClick={() => void test()} aria-label={`${word}: ${name}`}>
          <PlugZap aria-hidden /> {word}
        </Button>
        {whyNot && <span className="text-muted">{whyNot}</span>}
      </div>
      <Complaint>{command.sentence}</Complaint>
      {report !== null && <ConnectionSteps report={report} />}
    </div>
  );
}
