// Pictures of every face after the whole made-up night, in both languages and
// at the sizes they are used at, into shots/ (not committed). Somebody has to
// look at them, as the officer at one in the morning would.
//   node nightshots.mjs                 all pages
//   node nightshots.mjs partner desk-6  only those whose name holds one of the words
//   node nightshots.mjs readme          only docs/desk.png, the picture of the README
import { mkdirSync } from "node:fs";
import { launch } from "./browser.mjs";
import { Desk } from "./desk.mjs";
import { startNight } from "./night.mjs";
import { Tablet } from "./tablet.mjs";

const tabletSizes = [[1280, 800], [800, 1280]], deskSizes = [[1280, 800], [800, 1280], [1366, 768]];
const only = process.argv.slice(2);
mkdirSync("shots", { recursive: true });
const night = await startNight({ quiet: false });
const browser = await launch();
let taken = 0;

async function picture(page, sizes, name) {
  if (only.length && !only.some((word) => name.includes(word))) return;
  await page.evaluate(() => document.fonts.ready);
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `shots/night-${name}-${width}x${height}.png` });
    taken++;
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

// both takes one page of a tablet in Khmer and in English.
async function both(t, name) {
  await picture(t.page, tabletSizes, `${name}-km`);
  for (const lang of ["en", "km"]) {
    await t.speak(lang);
    if (lang === "en") await picture(t.page, tabletSizes, `${name}-en`);
  }
}

// face goes on with the next when one cannot be reached.
async function face(name, run) {
  try { await run(); } catch (error) { process.exitCode = 1; console.log(`${name}: ${error.stack}`); }
}

async function tablet(name) {
  const t = new Tablet(await browser.newPage(), night.places[name]);
  t.page.setDefaultTimeout(20_000);
  await t.open();
  return t;
}

await face("capture tablet", async () => {
  const hall = await tablet("PTC-1");
  await both(hall, "tablet-1-sign-in");
  await hall.signIn();
  await both(hall, "tablet-2-tonight");
  await hall.turn(() => hall.page.locator("button.row:has(.p-closed)").first().click());
  await both(hall, "tablet-3-closed");
  await hall.turn(() => hall.page.locator("nav button[data-open='/tonight']").click());
  await hall.turn(() => hall.page.locator("button[data-act='/record'][name=group]").click());
  await hall.answer("tri_distress", "calm");
  await both(hall, "tablet-4-question");
  await hall.goTo("ses-1");
  await hall.answer("ses_overheard", "yes");
  await hall.goTo("con-1");
  await hall.next();
  await hall.answer("con_interview", "yes");
  await both(hall, "tablet-5-consent");
  while (!(await hall.page.locator("#q-locked").count())) await hall.next();
  await both(hall, "tablet-6-locked");
  await hall.turn(() => hall.press("/handover"));
  await both(hall, "tablet-7-handover");
});

await face("case device", async () => {
  const cases = await tablet("PTC-2");
  await cases.signIn();
  await both(cases, "case-1-tonight");
  await cases.turn(() => cases.page.locator("button.row:has(.p-closed)").first().click());
  await both(cases, "case-2-result");
  await cases.turn(() => cases.page.locator("nav button[data-open='/tonight']").click());
  const rows = cases.page.locator("button.row:has(.p-closed)");
  for (let n = 0; n < await rows.count(); n++) {
    await cases.turn(() => rows.nth(n).click());
    if (await cases.page.locator("button[data-open^='/referrals/']").count()) break;
    await cases.turn(() => cases.page.locator("nav button[data-open='/tonight']").click());
  }
  await both(cases, "case-3-record-referred");
  await cases.turn(() => cases.press("/refer"));
  await cases.page.locator("#service").selectOption("shelter");
  await cases.page.locator("input[name=receiver]").first().waitFor();
  await both(cases, "case-4-refer");
  await cases.turn(() => cases.page.locator(".actions button").first().click());
  await cases.turn(() => cases.page.locator("button[data-open^='/referrals/']").first().click());
  await both(cases, "case-5-referral");
});

await face("partner", async () => {
  const shelter = await tablet("NGO-1");
  await shelter.signIn();
  await both(shelter, "partner-1-inbox");
  await shelter.turn(() => shelter.page.locator("button.row").first().click());
  await both(shelter, "partner-2-referral");
  await shelter.turn(() => shelter.page.locator(".actions button").first().click());
  await shelter.turn(() => shelter.page.locator("button.row").nth(1).click());
  await both(shelter, "partner-3-answered");
});

await face("desk", async () => {
  const desk = new Desk(await browser.newPage(), night.places.desk);
  await desk.go("/sign-in");
  await picture(desk.page, deskSizes, "desk-0-sign-in-km");
  await desk.signIn();
  const firstOf = async (list, link) => { await desk.go(list); return desk.page.locator(link).first().getAttribute("href"); };
  const record = await firstOf("/records", "table.list td a");
  const contested = await firstOf("/contested", "a.row");
  const pages = {
    "1-morning": "/", "2-records": "/records", "3-record": record, "4-contested-list": "/contested", "5-contested": contested,
    "6-pairs": "/pairs", "7-counts": "/counts", "8-decision": `${record}/decision`, "9-quarantine": "/quarantine", "10-devices": "/devices", "11-audit": "/audit",
  };
  if (only.includes("readme")) {
    await desk.page.locator("form[action='/language'] button").click();
    await desk.go("/pairs");
    await desk.page.locator(".queue a", { hasText: "Sokunthea" }).click(); // letters that differ
    await desk.page.setViewportSize({ width: 1366, height: 960 });
    await desk.page.evaluate(() => document.fonts.ready);
    await desk.page.screenshot({ path: "../../docs/desk.png" });
    taken++;
    return;
  }
  for (const lang of ["km", "en"]) {
    for (const [name, path] of Object.entries(pages)) {
      await desk.go(path);
      await picture(desk.page, deskSizes, `desk-${name}-${lang}`);
    }
    await desk.go("/pairs");
    await desk.page.locator("button[name=verdict][value=same]").click();
    await desk.page.locator("svg.waterfall").waitFor();
    await picture(desk.page, deskSizes, `desk-12-pair-answered-${lang}`);
    await desk.page.locator("form[action='/pairs/undo'] button").first().click();
    await desk.go("/pairs");
    if (lang === "km") await desk.page.locator("form[action='/language'] button").click();
  }
});
await browser.close();
await night.stop();
console.log(`${taken} pictures`);
