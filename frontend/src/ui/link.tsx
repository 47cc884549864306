"use client";

import NextLink from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import type { ComponentProps } from "react";

/** The one place beside the routes that knows Next: a move to another router changes this file. */
export function Link({ prefetch = false, ...rest }: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={prefetch} {...rest} />;
}

/** The page's path with its closing slash. */
export function usePath(): string {
  const path = usePathname();
  return path.endsWith("/") ? path : `${path}/`;
}

/** A function that leads to another page. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  return (href) => router.push(href);
}

/** One value of the address, and a way to change it without leaving a trail in the history. Needs a Suspense above. */
export function useQueryValue(name: string): [string, (value: string) => void] {
  const router = useRouter();
  const path = usePathname();
  const search = useSearchParams();
  const set = (value: string) => {
    const next = new URLSearchParams(search.toString());
    if (value) next.set(name, value);
    else next.delete(name);
    const query = next.toString();
    router.replace(query ? `${path}?${query}` : path, { scroll: false });
  };
  return [search.get(name) ?? "", set];
}
