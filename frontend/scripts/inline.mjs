// Moves the inline scripts of the exported pages into files of their own, so that the pages run under
// `script-src 'self'` without a hash or a nonce for each page. Their order in the page stays.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const OUT = fileURLToPath(new URL("../out/", import.meta.url));
const FOLDER = "_next/static/page";
const INLINE = /<script([^>]*)>([^<][\s\S]*?)<\/script>/g;

function pagesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesIn(path);
    return entry.name.endsWith(".html") ? [path] : [];
  });
}

mkdirSync(join(OUT, FOLDER), { recursive: true });
let moved = 0;
for (const page of pagesIn(OUT)) {
  const html = readFileSync(page, "utf8").replace(INLINE, (whole, attributes, code) => {
    if (/\ssrc=/.test(attributes)) return whole;
    const name = `${createHash("sha256").update(code).digest("hex").slice(0, 16)}.js`;
    writeFileSync(join(OUT, FOLDER, name), code);
    moved += 1;
    return `<script${attributes} src="/${FOLDER}/${name}"></script>`;
  });
  writeFileSync(page, html);
}
process.stdout.write(`Moved ${moved} inline scripts into files.\n`);
