// A stick in a real Chromium: with the line cut, a tablet writes it, a
// supervisor takes it in at the desk and saves the answer on it, the tablet
// reads the answer, and the person is "at the office". Everybody is invented.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { launch } from "./browser.mjs";
import { Desk } from "./desk.mjs";
import { startNight } from "./night.mjs";
import { before } from "./people.mjs";
import { Tablet } from "./tablet.mjs";

const km = JSON.parse(readFileSync(new URL("../words/km.json", import.meta.url)));
const night = await startNight({ quiet: true });
const browser = await launch();
const complaints = [];
const open = async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (e) => complaints.push(String(e)));
  page.on("console", (m) => { if (/policy|Trusted/i.test(m.text())) complaints.push(m.text()); });
  return page;
};
const t = new Tablet(await open(), night.places["KTC-1"]);
await t.open();
await t.signIn();
await night.cut();
await t.turn(() => t.page.locator("button[data-act='/record']").first().click());
await t.fill(before);
await t.next();
await t.turn(() => t.page.locator("nav button[data-open='/tonight']").click());
await t.turn(() => t.page.locator("button[data-open='/carry']").click());
const stick = await t.page.locator("p.sub.mono").innerText();
mkdirSync(stick, { recursive: true });
await t.page.locator("button[value=out]").click();
await t.page.locator(".note.good[role=status]").waitFor();
const files = readdirSync(stick).filter((name) => name.endsWith(".raksa")).map((name) => path.join(stick, name));
assert.equal(files.length, 1, "one file is on the stick");

const desk = new Desk(await open(), night.places.desk);
await desk.signIn();
await desk.go("/devices");
await desk.page.locator("a[href='/devices/carry']").click();
await desk.page.locator("#bundle").focus(); // and by keyboard from here on
await desk.page.locator("#bundle").setInputFiles(files);
await desk.page.keyboard.press("Tab");
await desk.page.keyboard.press("Tab");
await desk.page.keyboard.press("Enter");
await desk.page.locator("li.note.good", { hasText: km["stick.taken"] }).waitFor();
const saved = desk.page.waitForEvent("download");
await desk.page.locator("a[download]").click();
const answer = await saved;
await answer.saveAs(path.join(stick, answer.suggestedFilename()));
if (process.argv[2]) await desk.page.screenshot({ path: process.argv[2] });

await t.page.locator("button[value=in]").click();
await t.page.getByText(km["came.answers"]).waitFor();
await t.turn(() => t.page.locator("main button[data-open='/tonight']").click());
await t.page.locator(".badge.at-office").first().waitFor();
assert.deepEqual(complaints, [], "the policy had nothing to refuse");
await browser.close();
await night.stop();
console.log("stick: there and back");
