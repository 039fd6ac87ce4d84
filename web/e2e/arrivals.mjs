// Scenario 2: the desk opens a batch, 47 declared and 45 counted, and takes in
// the list from the Thai side, an Excel file; a tablet without a link picks a
// line of it; the desk sees who is on the list and here, missing, extra and
// different; a wrong list, in the letters of old Windows, is looked at on the
// tablet, taken in, and undone. Everybody in it is invented.
//   node arrivals.mjs         the story
//   node arrivals.mjs shots   and its pictures, into shots/ (not committed)
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { launch } from "./browser.mjs";
import { Desk } from "./desk.mjs";
import { startNight } from "./night.mjs";
import { Tablet } from "./tablet.mjs";
import { workbook } from "./workbook.mjs";

const km = JSON.parse(readFileSync(new URL("../words/km.json", import.meta.url)));
const say = (key, ...holes) => holes.reduce((text, hole, i) => text.replace(`{${i + 1}}`, hole), km[key]);
const sizes = [[1280, 800], [800, 1280]];
const shots = process.argv.includes("shots");
if (shots) mkdirSync("shots", { recursive: true });

const list = workbook("ส่งกลับ", [
  ["รายชื่อผู้ถูกส่งกลับ"],
  ["ที่", "ชื่อ - สกุล", null, "ชื่ออังกฤษ", "เพศ", "วันเกิด", "อายุ", "ภูมิลำเนา", "หมายเหตุ"],
  [1, "นายโสเพีย", "สุข", "Sok Sophea", "ชาย", "12/05/2541", 28, "ไพรแวง", "ทำงานเรือ"],
  [2, "ดารา", "ลี", "Ly Dara", "หญิง", 35927, 28, null, null],
  [3, "សុខ ចាន់ធី", null, null, "ស្រី", 2542, null, null, null],
  [4, "จันที", "แก้ว", "Keo Chanthy", "หญิง", 2545, "สิบ", "ตาแก้ว", null],
], ["A1:I1", "B2:C2", "H3:H5"]);
const thai = (text) => Buffer.from([...text].map((c) => { const code = c.codePointAt(0); return code >= 0x0e01 ? code - 0x0e01 + 0xa1 : code; })); // TIS-620
const wrong = thai("ลำดับ;ชื่อ-สกุล;เพศ\n1;ผิด คัน;ชาย\n2;รถ อื่น;หญิง\n");

const night = await startNight({ quiet: true });
const browser = await launch();
async function picture(page, name) {
  if (!shots) return;
  await page.evaluate(() => document.fonts.ready);
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `shots/arrivals-${name}-${width}x${height}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
const step = async (what, run) => {
  try {
    await run();
    console.log(`ok      ${what}`);
  } catch (error) {
    console.log(`FAILED  ${what}\n${error.stack}`);
    if (shots) for (const [i, page] of browser.contexts().flatMap((c) => c.pages()).entries()) await page.screenshot({ path: `shots/failed-${i}.png` });
    await browser.close();
    await night.stop();
    process.exit(1);
  }
};

const desk = new Desk(await browser.newPage(), night.places.desk);
desk.page.setDefaultTimeout(30_000);
const deskBoth = async (name) => {
  await picture(desk.page, `${name}-km`);
  if (!shots) return;
  for (const lang of ["en", "km"]) {
    await desk.page.locator("form[action='/language'] button").click();
    await desk.page.locator(`html[lang=${lang}]`).waitFor();
    if (lang === "en") await picture(desk.page, `${name}-en`);
  }
};
const text = (page) => page.locator("main").innerText();
let hall, group;

await step("the desk opens a batch: 47 declared, 45 counted", async () => {
  await desk.signIn();
  await desk.go("/arrivals");
  await desk.page.locator("#center").selectOption("PTC");
  await desk.page.locator("#declared").fill("៤៧");
  await desk.page.locator("#counted").fill("45");
  await desk.page.locator("form[action='/arrivals'] .primary").click();
  await desk.page.getByText(km["done.group_opened"]).waitFor();
  group = new URL(desk.page.url()).pathname;
});

await step("an Excel file is shown before anything is taken, with what is wrong by sheet, row and column", async () => {
  await desk.page.locator("#list").setInputFiles({ name: "list.xlsx", mimeType: "application/octet-stream", buffer: list });
  await desk.page.locator(`form[action='${group}/list'] .primary`).click();
  await desk.page.waitForURL(`**${group}/list`);
  const shown = await text(desk.page);
  for (const part of ["นายโสเพีย สุข", "Sok Sophea", "1998-05-12 / 2541", "សុខ ចាន់ធី", "ไพรแวง", "ส่งกลับ, 6", "G อายุ", km["csv.not_number"], "หมายเหตุ"]) {
    assert.ok(shown.includes(part), `the preview shows ${part}`);
  }
  assert.ok(!shown.includes("สิบ"), "and never what stands in the wrong cell");
  await deskBoth("1-preview");
  await desk.page.locator("form[action$='/take'] .primary").click();
  await desk.page.getByText(km["done.list_taken"]).waitFor();
});

await step("the list is on the tablet, and a line is picked without a link", async () => {
  await night.meet();
  await night.cut();
  hall = new Tablet(await browser.newPage(), night.places["PTC-1"]);
  hall.page.setDefaultTimeout(30_000);
  await hall.open();
  await hall.signIn();
  await hall.turn(() => hall.press("/pick"));
  await hall.page.locator("button.row", { hasText: "นายโสเพีย" }).waitFor();
  await hall.turn(() => hall.page.locator("button.row", { hasText: "Ly Dara" }).click());
  await hall.goTo("con-1");
  while (!(await hall.items()).includes("idn_sex")) {
    await hall.fill({ con_interview: "yes", con_method: "thumbprint" });
    await hall.next();
  }
  await hall.answer("idn_sex", "male"); // the list says female
  await hall.turn(() => hall.page.locator("nav button[data-open='/tonight']").click());
  await hall.turn(() => hall.page.locator("button[data-act='/record'][name=group]").click()); // on no list
  await hall.turn(() => hall.page.locator("nav button[data-open='/tonight']").click());
});

await step("the tablet's own page: here, missing, extra, different", async () => {
  await hall.turn(() => hall.page.locator("button[data-open^='/group/']:not([data-open$='/new'])").first().click());
  const shown = await text(hall.page);
  for (const part of [say("group.matched", 1), say("group.unmatched", 2), say("group.not_listed", 1), say("group.differ", 1), km["group.partial"]]) {
    assert.ok(shown.includes(part), `the group's page says ${part}`);
  }
  await picture(hall.page, "2-tablet-group-km");
});

await step("a wrong list is looked at, taken in, and undone", async () => {
  await hall.turn(() => hall.press("/import"));
  await hall.page.locator("#csv-file").setInputFiles({ name: "wrong.csv", mimeType: "text/csv", buffer: wrong });
  await hall.page.waitForFunction(() => document.getElementById("raw").value !== "");
  await hall.page.locator("button[data-act='/import']").last().click();
  await hall.page.getByText("ผิด คัน").first().waitFor();
  assert.ok((await text(hall.page)).includes(km["encoding.windows874"]));
  await picture(hall.page, "3-tablet-preview-km");
  await hall.page.locator("button[name=take]").click();
  await hall.page.getByText(say("import.taken", 2)).waitFor();
  await hall.turn(() => hall.page.locator(".actions button[data-open^='/group/']").click());
  assert.ok((await text(hall.page)).includes("รถ อื่น") || (await text(hall.page)).includes("ผิด คัน"));
  await hall.page.locator("button[data-act$='/undo']").last().click();
  await hall.page.locator("button[data-act$='/redo']").waitFor();
  const shown = await text(hall.page);
  assert.ok(!shown.includes("ผิด คัน") && shown.includes("นายโสเพีย สุข"), "the list before stands again");
  await picture(hall.page, "4-tablet-undone-km");
  if (shots) {
    await hall.speak("en");
    await picture(hall.page, "4-tablet-undone-en");
    await hall.speak("km");
  }
});

await step("the desk sees it all when the link is back", async () => {
  await night.restore();
  await night.meet();
  await desk.go(group);
  const shown = await text(desk.page);
  for (const part of [say("group.unmatched", 2), say("group.not_listed", 1), say("group.differ", 1), say("arrivals.here", 1), km["mismatch.sex"], "47", "45", km["group.list_undone"]]) {
    assert.ok(shown.includes(part), `the desk's page says ${part}`);
  }
  await deskBoth("5-desk-group");
  await desk.go("/arrivals");
  await deskBoth("6-desk-arrivals");
});

await browser.close();
await night.stop();
console.log("arrivals: looked at, taken in, picked, compared, undone");
