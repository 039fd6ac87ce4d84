// What a browser's profile folder holds, byte by byte.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

// filesHolding lists the files with a text in them, in any of the encodings
// that a browser writes.
export function filesHolding(dir, text) {
  const needles = [Buffer.from(text), Buffer.from(text, "utf16le"), Buffer.from(text.normalize("NFD")), Buffer.from(encodeURIComponent(text))];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => { const bytes = readFileSync(file); return needles.some((needle) => bytes.includes(needle)); });
}
