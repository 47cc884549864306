"use client";

import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import { api, ask } from "@/api/client";
import { changeLook, look } from "@/live/look";
import { useLive } from "@/live/store";
import { toast } from "sonner";
import { ROUTES } from "./routes";

const ITEM = "flex min-h-8 items-center gap-2 rounded px-2 aria-selected:bg-raised";
const GROUP = "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-muted";

interface PaletteProps {
  isOpen: boolean;
  onClose: () => void;
  go: (href: string) => void;
}

/** Pages, accounts, symbols and actions by name. */
export default function Palette({ isOpen, onClose, go }: PaletteProps) {
  const followerIds = useLive((state) => state.followerIds);
  const followers = useLive((state) => state.followers);
  const symbols = useLive((state) => state.symbols);
  const isRunning = useLive((state) => state.header !== null && state.header.mode !== "stopped");
  const lead = (href: string) => () => {
    onClose();
    go(href);
  };
  const stop = async () => {
    onClose();
    const answer = await ask((signal) => api.POST("/api/stop", { signal }), 15_000);
    if (answer.kind === "done") toast.success("Stopped. Nothing is sent any more.");
    else toast.error(answer.sentence);
  };
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/60" />
        <Radix.Content aria-describedby={undefined} className="fixed top-[12vh] left-1/2 z-50 w-[min(36rem,calc(100vw-1rem))] -translate-x-1/2 rounded-lg border border-edge bg-panel p-1 shadow-2xl">
          <Radix.Title className="sr-only">Command palette</Radix.Title>
          <Command label="Command palette" loop>
            <Command.Input placeholder="Page, account, symbol or action" className="min-h-9 w-full rounded border border-edge bg-page px-2" />
            <Command.List aria-label="What was found" className="max-h-[50vh] overflow-auto py-1">
              <Command.Empty className="p-2 text-muted">Nothing is called that.</Command.Empty>
              <Command.Group heading="Pages" className={GROUP}>
                {ROUTES.map(({ href, title, icon: Icon, letter }) => (
                  <Command.Item key={href} value={`page ${title}`} onSelect={lead(href)} className={ITEM}>
                    <Icon aria-hidden className="size-4" /> {title} <kbd className="ml-auto font-sans text-muted">Alt+Shift+{letter}</kbd>
                  </Command.Item>
                ))}
              </Command.Group>
              {isRunning && (
                <Command.Group heading="Actions" className={GROUP}>
                  <Command.Item value="stop copying" onSelect={() => void stop()} className={ITEM}>
                    Stop copying
                  </Command.Item>
                </Command.Group>
              )}
              <Command.Group heading="Followers" className={GROUP}>
                {followerIds.map((id) => (
                  <Command.Item key={id} value={`follower ${followers[id]?.name ?? ""} ${id}`} onSelect={lead(`/management/?follower=${encodeURIComponent(id)}`)} className={ITEM}>
                    {followers[id]?.name ?? id} <span className="ml-auto text-muted">{followers[id]?.account_id}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Symbols" className={GROUP}>
                {symbols.map((symbol) => (
                  <Command.Item key={symbol} value={`symbol ${symbol}`} onSelect={lead(`/?symbol=${encodeURIComponent(symbol)}`)} className={ITEM}>
                    {symbol}
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Look" className={GROUP}>
                <Command.Item value="look dark light theme" onSelect={() => changeLook({ theme: look.getState().theme === "dark" ? "light" : "dark" })} className={ITEM}>
                  Dark or light
                </Command.Item>
                <Command.Item value="look density rows" onSelect={() => changeLook({ density: look.getState().density === "compact" ? "comfortable" : "compact" })} className={ITEM}>
                  Compact or comfortable
                </Command.Item>
              </Command.Group>
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
