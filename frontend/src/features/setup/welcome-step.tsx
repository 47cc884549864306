import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";

/** What it is, what is needed, and how to try it without any of that. */
export function WelcomeStep({ onNext }: { onNext: () => void }) {
  return (
    <div className="grid gap-3 md:grid-cols-2">
      <Panel title="Set up your accounts">
        <div className="pad flex flex-col gap-2">
          <p className="max-w-prose">You trade in DAS Trader Pro as always. Each order of your master account is copied at once to every follower, in the size that you say.</p>
          <p className="font-medium">For each account you need</p>
          <ul className="list-disc pl-5">
            <li>DAS Trader Pro, running and logged in, with the CMD API switched on</li>
            <li>its host and CMD API port</li>
            <li>user, password and account number</li>
          </ul>
          <div>
            <Button kind="main" size="normal" onClick={onNext}>
              Begin with the master
            </Button>
          </div>
        </div>
      </Panel>
      <Panel title="Or try it first">
        <div className="pad flex flex-col gap-2">
          <p className="max-w-prose">With simulated platforms, a moving market and a scripted trader you see everything at work. Nothing real is touched, and nothing of it is kept. In a terminal, type:</p>
          <p>
            <code className="rounded border border-line bg-page px-2 py-1">das-copy-trader demo</code>
          </p>
          <p className="text-muted">It prints a link of its own.</p>
        </div>
      </Panel>
    </div>
  );
}
