"use client";

import NextLink from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useEffect, useSyncExternalStore, type ComponentProps } from "react";

interface LinkProps extends Omit<ComponentProps<typeof NextLink>, "href" | "onNavigate"> {
  href: string;
}

/** The one place beside the routes that knows Next: a move to another router changes this file. */
export function Link({ prefetch = false, href, ...rest }: LinkProps) {
  const search = useSearchParams().toString();
  return <NextLink prefetch={prefetch} href={href} onNavigate={() => expectQueryOf(href, search)} {...rest} />;
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** The page's path with its closing slash. */
export function usePath(): string {
  return withSlash(usePathname());
}

/** A function that leads to another page. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  const search = useSearchParams().toString();
  return (href) => {
    expectQueryOf(href, search);
    router.push(href);
  };
}

/**
 * The query that a page wrote into the address itself, past the router. The router would take such a change for a
 * navigation: it would drop the one that is under way (a click on a link, lost because a filter was typed meanwhile), and
 * let a typed letter wait for a transition. `over` is what the router believes the query to be: as soon as it believes
 * something else, or another page is shown, what was written here is over.
 */
interface Written {
  path: string;
  over: string;
  query: string;
}

let written: Written | null = null;
const listeners = new Set<() => void>();

function write(next: Written | null): void {
  written = next;
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A link into the page that is shown holds from the click on: its query is known before it has been loaded. */
function expectQueryOf(href: string, over: string): void {
  const target = new URL(href, window.location.href);
  const path = withSlash(window.location.pathname);
  if (withSlash(target.pathname) === path) write({ path, over, query: target.search.replace(/^\?/, "") });
}

function queryOver(path: string, over: string): string {
  return written !== null && written.path === path && written.over === over ? written.query : over;
}

/** One value of the address, and a way to change it at once and without leaving a trail in the history. Needs a Suspense above. */
export function useQueryValue(name: string): [string, (value: string) => void] {
  const path = usePath();
  const over = useSearchParams().toString();
  const query = useSyncExternalStore(
    subscribe,
    () => queryOver(path, over),
    () => over,
  );
  const set = (value: string) => {
    const next = new URLSearchParams(queryOver(path, over));
    if (value) next.set(name, value);
    else next.delete(name);
    const { history, location } = window;
    // Not history.replaceState itself: that one is the router's.
    if (withSlash(location.pathname) === path) History.prototype.replaceState.call(history, history.state, "", next.size > 0 ? `${location.pathname}?${next}` : location.pathname);
    write({ path, over, query: next.toString() });
  };
  return [new URLSearchParams(query).get(name) ?? "", set];
}

/** Forgets what a page wrote into the address when it is left. Belongs into what is around every page. */
export function useForgetfulAddress(): void {
  const path = usePath();
  useEffect(() => () => write(null), [path]);
}
