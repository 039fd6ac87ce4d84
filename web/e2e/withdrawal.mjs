// Consent is taken back at KTC, with the code on the slip, while a tablet at PTC
// with a queued referral is out of reach. The office never sends that one, the
// tablet says why, who has an earlier one is told to stop and says that it is
// deleted, and the log shows it. Everybody in it is invented.
//   node withdrawal.mjs         the story
//   node withdrawal.mjs shots   and its pictures, into shots/ (not committed)
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { launch } from "./browser.mjs";
import { Desk } from "./desk.mjs";
import { startNight } from "./night.mjs";
import { Tablet } from "./tablet.mjs";

const km = JSON.parse(readFileSync(new URL("../words/km.json", import.meta.url)));
const sizes = [[1280, 800], [800, 1280]];
const shots = process.argv.includes("shots");
if (shots) mkdirSync("shots", { recursive: true });
const night = await startNight({ quiet: false });
const browser = await launch();

const tablet = async (name) => {
  const t = new Tablet(await browser.newPage(), night.places[name]);
  t.page.setDefaultTimeout(30_000);
  await t.open();
  await t.signIn();
  return t;
};

async function picture(page, name) {
  if (!shots) return;
  await page.evaluate(() => document.fonts.ready);
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `shots/withdrawal-${name}-${width}x${height}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function both(t, name) {
  await picture(t.page, `${name}-km`);
  if (!shots) return;
  await t.speak("en");
  await picture(t.page, `${name}-en`);
  await t.speak("km");
}

const step = async (what, run) => {
  try {
    await run();
    console.log(`ok      ${what}`);
  } catch (error) {
    console.log(`FAILED  ${what}\n${error.stack}`);
    await browser.close();
    await night.stop();
    process.exit(1);
  }
};

let cases, ktc, desk, slip, record;
const tonight = (t) => t.turn(() => t.page.locator("nav button[data-open='/tonight']").click());

await step("PTC-2 has somebody who was referred to the shelter", async () => {
  cases = await tablet("PTC-2");
  const rows = cases.page.locator("button.row:has(.p-closed)");
  for (let n = 0; n < await rows.count(); n++) {
    record = (await rows.nth(n).getAttribute("data-open")).split("/")[2];
    await cases.turn(() => rows.nth(n).click());
    const sent = cases.page.locator("button[data-open^='/referrals/']");
    if (await sent.count() && await sent.filter({ hasText: km["referral.accepted"] }).count()) break;
    await tonight(cases);
  }
  slip = (await cases.page.locator(".slip-code").innerText()).trim();
  assert.match(slip, /^[A-Z0-9-]{8,}$/);
});

await step("it goes out of reach, and another referral waits on it", async () => {
  await night.cut("PTC-2");
  await cases.turn(() => cases.press("/refer"));
  await cases.page.locator("#service").selectOption("legal");
  await cases.page.locator("input[name=receiver]").first().check();
  await cases.page.locator("input[name=urgency][value='24h']").check();
  await cases.turn(() => cases.page.locator("button.primary[data-act$='/refer']").click());
  await cases.page.locator(".badge.at-tablet").first().waitFor();
});

await step("she takes her consent to referrals back at KTC, with the slip", async () => {
  ktc = await tablet("KTC-1");
  await ktc.turn(() => ktc.press("/withdraw"));
  await both(ktc, "1-by-slip");
  await ktc.page.locator("#code").fill(slip.toLowerCase());
  await ktc.page.locator("input[name=scope][value=referral]").check();
  await ktc.turn(() => ktc.page.locator("button[data-act='/withdraw']").click());
  await ktc.page.getByText(km["done.filed"]).waitFor();
  await night.meet();
});

await step("PTC-2 is back, and says why the referral is not sent", async () => {
  await night.restore("PTC-2");
  await night.meet();
  await tonight(cases);
  await cases.turn(() => cases.page.locator(`button[data-open='/record/${record}']`).click());
  const sent = cases.page.locator("button[data-open^='/referrals/']");
  assert.equal(await sent.count(), 2);
  assert.equal(await sent.filter({ hasText: km["referral.withdrawn"] }).count(), 2);
  assert.equal(await cases.page.locator("button[data-open$='/refer']").count(), 0, "nobody is offered another");
  await cases.turn(() => sent.filter({ hasText: km["need.legal"] }).click());
  await cases.page.getByText(km["referral.stopped_does"]).waitFor();
  await both(cases, "2-queued-referral");
});

await step("the desk shows what was withheld, and who was told to stop", async () => {
  desk = new Desk(await browser.newPage(), night.places.desk);
  await desk.signIn();
  await desk.go(`/records/${record}`);
  const text = await desk.page.locator("main").innerText();
  assert.ok(text.includes(km["withheld.consent_withdrawn"]), "the queued one was not sent");
  assert.ok(text.includes(km["referral.told_to_stop"].split("{1}")[0].trim()), "the earlier receiver was told");
  await picture(desk.page, "3-desk-km");
});

await step("the shelter stops, and says that it has deleted", async () => {
  const shelter = await tablet("NGO-1");
  await shelter.page.getByText(km["stop.title"]).waitFor();
  assert.ok(!(await shelter.page.content()).includes(km["need.legal"]), "nothing of the queued one came");
  await both(shelter, "4-stop");
  await shelter.page.locator("input[name=confirm]").check();
  await shelter.turn(() => shelter.page.locator("button.danger").click());
  await night.meet();
  await desk.go(`/records/${record}`);
  assert.ok((await desk.page.locator("main").innerText()).includes(km["referral.deleted_at"].split("{1}")[0].trim()), "the desk knows");
  await picture(desk.page, "5-desk-deleted-km");
});

await step("the log shows all of it", async () => {
  await desk.go("/audit");
  const log = await desk.page.locator("table.list").innerText();
  for (const act of ["act.withdraw", "act.withhold", "act.deleted"]) assert.ok(log.includes(km[act]), act);
  await picture(desk.page, "6-audit-km");
});

await browser.close();
await night.stop();
console.log("withdrawal: never sent, and the log says so");
