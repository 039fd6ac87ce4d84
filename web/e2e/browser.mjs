// The gallery, written by `go test`, served on loopback and opened in Debian's
// Chromium. Nothing leaves this machine.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2" };

export function writeGallery() {
  const dir = mkdtempSync(path.join(tmpdir(), "raksa-gallery-"));
  execFileSync("go", ["test", "-count=1", "-run", "TestWriteGallery", ".", "-args", "-gallery", dir], { cwd: path.dirname(here), stdio: "inherit" });
  return dir;
}

export const pagesOf = (dir) => readdirSync(dir).filter((f) => f.endsWith(".html")).sort();

export function serve(dir) {
  const server = http.createServer((request, response) => {
    const file = path.join(dir, path.normalize(new URL(request.url, "http://x").pathname));
    try {
      const body = readFileSync(file);
      response.writeHead(200, { "Content-Type": types[path.extname(file)] || "text/plain" });
      response.end(body);
    } catch { response.writeHead(404); response.end(); }
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready({ url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() })));
}

const options = {
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

export const launch = () => chromium.launch(options);

// launchProfile keeps its profile in a folder, as the browser of a tablet does.
export const launchProfile = (dir) => chromium.launchPersistentContext(dir, { ...options, viewport: { width: 1280, height: 800 } });
