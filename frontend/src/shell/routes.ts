import { Ban, FileCog, HeartPulse, History, Layers, LayoutDashboard, Percent, ScrollText, Settings, Sparkles, Users, type LucideIcon } from "lucide-react";

export interface Route {
  href: string;
  title: string;
  icon: LucideIcon;
  /** The letter that leads there together with Alt+Shift. */
  letter: string;
}

/** The pages, in the order of the navigation. */
export const ROUTES: readonly Route[] = [
  { href: "/", title: "Dashboard", icon: LayoutDashboard, letter: "D" },
  { href: "/management/", title: "Management", icon: Users, letter: "M" },
  { href: "/multipliers/", title: "Multipliers", icon: Percent, letter: "U" },
  { href: "/blacklist/", title: "Blacklist", icon: Ban, letter: "B" },
  { href: "/queue/", title: "Queue", icon: Layers, letter: "Q" },
  { href: "/history/", title: "History", icon: History, letter: "Y" },
  { href: "/health/", title: "Health", icon: HeartPulse, letter: "H" },
  { href: "/env-config/", title: "Env config", icon: FileCog, letter: "E" },
  { href: "/logs/", title: "Logs", icon: ScrollText, letter: "L" },
  { href: "/settings/", title: "Settings", icon: Settings, letter: "S" },
  { href: "/setup/", title: "Set-up", icon: Sparkles, letter: "W" },
];
