"use client";

import { changeLook, useLook } from "@/live/look";
import { Dialog } from "@/ui/dialog";
import { SwitchField } from "@/ui/fields";
import { SHORTCUTS } from "./shortcuts";

export function Help({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const singleKeys = useLook((look) => look.singleKeys);
  const palette = useLook((look) => look.palette);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Keyboard shortcuts and look" sentence="No shortcut sends an order.">
      <dl className="grid grid-cols-[9rem_1fr] gap-y-1.5">
        {SHORTCUTS.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded border border-edge bg-raised px-1.5 font-sans font-semibold">{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 flex flex-col gap-3">
        <SwitchField label="Shortcuts of a single key (? and /)" checked={singleKeys} onChange={(checked) => changeLook({ singleKeys: checked })} />
        <SwitchField
          label="Classic colours for profit and loss"
          hint="Teal and vermilion in place of blue and orange, which everybody can tell apart."
          checked={palette === "classic"}
          onChange={(checked) => changeLook({ palette: checked ? "classic" : "clear" })}
        />
      </div>
    </Dialog>
  );
}
