// A made-up night: the real program, with its office, four devices and their
// pages, as `raksa demo` serves it. Everybody in it is invented.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

// startNight builds and starts the program and waits for its addresses. quiet
// is a night with nobody in it yet. RAKSA names a program that is built already.
export async function startNight({ quiet }) {
  const dir = mkdtempSync(path.join(tmpdir(), "raksa-night-"));
  const program = process.env.RAKSA || path.join(dir, "raksa");
  if (!process.env.RAKSA) execFileSync("go", ["build", "-o", program, "./cmd/raksa"], { cwd: root, stdio: "inherit" });
  const file = path.join(dir, "places.json");
  const child = spawn(program, ["demo", "--dir", path.join(dir, "hosts"), "--json", file, "--control", "127.0.0.1:0", ...(quiet ? ["--quiet-night"] : [])], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => { said += chunk; });
  const ended = new Promise((done) => child.on("exit", done));
  await new Promise((ready, failed) => {
    ended.then((code) => failed(new Error(`the night ended with ${code}:\n${said}`)));
    child.stdout.on("data", () => { if (said.includes("Ctrl-C")) ready(); });
  });
  if (!existsSync(file)) throw new Error(`no addresses:\n${said}`);
  const places = Object.fromEntries(JSON.parse(readFileSync(file, "utf8")).map((p) => [p.name, p]));
  process.on("exit", () => child.kill("SIGINT"));
  const link = async (what) => { const answer = await fetch(`${places.link.url}/${what}`, { method: "POST" }); if (!answer.ok) throw new Error(`${what}: ${answer.status}`); };
  return {
    places,
    said: () => said,
    cut: (device = "") => link(`cut?device=${device}`), // one device, or the wire of all
    restore: (device = "") => link(`restore?device=${device}`),
    meet: () => link("meet"), // every device and the office, now
    stop: async () => { child.kill("SIGINT"); await ended; rmSync(dir, { recursive: true, force: true }); },
  };
}
