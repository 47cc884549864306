"use client";

import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export interface Tab {
  id: string;
  title: string;
  count?: number | undefined;
  content: ReactNode;
}

/** Several lists in one place. `actions` stands beside the titles. */
export function Tabs({ tabs, label, actions, className }: { tabs: Tab[]; label: string; actions?: ReactNode; className?: string }) {
  return (
    <Radix.Root defaultValue={tabs[0]?.id ?? ""} className={className}>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-1">
        <Radix.List aria-label={label} className="flex flex-wrap">
          {tabs.map((tab) => (
            <Radix.Trigger key={tab.id} value={tab.id} className="min-h-8 border-b-2 border-transparent px-2.5 text-[0.8125rem] font-semibold text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink">
              {tab.title}{" "}
              {tab.count !== undefined && tab.count > 0 && <span className="ml-1.5 rounded bg-raised px-1 text-ink">{tab.count}</span>}
            </Radix.Trigger>
          ))}
        </Radix.List>
        <div className="ml-auto flex items-center gap-2">{actions}</div>
      </div>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className="min-h-0 flex-1 data-[state=active]:flex data-[state=active]:flex-col" tabIndex={-1}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
