"use client";

import type { Effect, SettingState } from "@/api/schema";
import { Tag } from "@/ui/chip";
import { Scroller } from "@/ui/scroller";
import { Table, Td, Th } from "@/ui/table";

const EFFECTS: Record<Effect, string> = {
  now: "at once",
  restart: "after a restart of the program",
  environment_only: "set outside, before the program starts",
};

const SOURCES: Record<string, string> = { environment: "environment", stored: "stored here", default: "default" };

/** Every setting as it is in force. */
export function SettingsTable({ settings }: { settings: readonly SettingState[] }) {
  return (
    <Scroller label="Settings in force">
      <Table>
        <thead>
          <tr>
            <Th>Setting</Th>
            <Th>In force</Th>
            <Th>From</Th>
            <Th>A change holds</Th>
          </tr>
        </thead>
        <tbody>
          {settings.map((setting) => (
            <tr key={setting.name}>
              <Th scope="row" className="align-top font-mono font-medium text-ink">
                {setting.name}
              </Th>
              <Td className="max-w-80 align-top font-mono break-words whitespace-pre-wrap">{setting.value === "" ? <span className="text-muted">empty</span> : setting.value}</Td>
              <Td className="align-top">{SOURCES[setting.source] ?? setting.source}</Td>
              <Td className="align-top whitespace-nowrap">
                {EFFECTS[setting.effect]} {setting.is_pending && <Tag title="What is stored differs from what is in force.">waits for a restart</Tag>}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Scroller>
  );
}
