/** Stands before a value that held when the account was last connected: after it, digits would not stand below each other. */
export function Old() {
  return <span className="mr-1 text-muted">old</span>;
}
