// The whole way in a real Chromium, in Khmer: two devices write one person
// while the office is away, a supervisor joins and parts them, a partner
// declines, two answers stand against each other until somebody settles it.
// Every person is invented.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { launchProfile } from "./browser.mjs";
import { startNight } from "./night.mjs";
import { Tablet } from "./tablet.mjs";
import { Desk } from "./desk.mjs";
import { another, atKTC, atPoipet, before, canary, closing, consent, fisher } from "./people.mjs";
import { filesHolding } from "./profile.mjs";

const km = JSON.parse(readFileSync(new URL("../words/km.json", import.meta.url)));
const profile = mkdtempSync(path.join(tmpdir(), "raksa-profile-"));
const night = await startNight({ quiet: true });
const browser = await launchProfile(profile);
const complaints = [];
const open = async (name) => {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (e) => complaints.push(`${name}: ${e}`));
  page.on("console", (m) => { if (/policy|Trusted/i.test(m.text())) complaints.push(`${name}: ${m.text()}`); });
  return page;
};
const tablet = async (name) => {
  const t = new Tablet(await open(name), night.places[name]);
  await t.open();
  await t.signIn();
  return t;
};

let passed = 0, failed = 0;
const step = async (what, run) => {
  if (failed) return; // each stands on the one before
  const began = Date.now();
  try {
    await run();
    passed++;
    console.log(`ok      ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)\n${error.stack}`);
  }
};

// identify goes from the first page through consent and identity, by the rail.
async function identify(t, person) {
  await t.fill(before);
  await t.goTo("con-1");
  for (const [section, answers] of [["/con-", consent], ["/idn-", person]]) {
    while ((await t.here()).includes(section)) {
      await t.fill(answers);
      await t.next();
    }
  }
}

let hall, cases, ktc, shelter, desk;
const badge = (t, where) => t.page.locator(`.badge.at-${where}`, { hasText: km[`where.${where}`] });

await step("three interviewers sign in, in Khmer", async () => {
  [hall, cases, ktc] = [await tablet("PTC-1"), await tablet("PTC-2"), await tablet("KTC-1")];
  assert.equal(await cases.page.locator("html").getAttribute("lang"), "km");
  await cases.page.getByRole("heading", { name: km["tonight.title"] }).waitFor();
  await cases.speak("en"); // and back, by the same button
  await cases.speak("km");
});

await step("a truck arrives, and most of it is only counted in", async () => {
  await hall.press("/group/new");
  await hall.at("/group/new");
  await hall.page.locator("#declared").fill("១២");
  await hall.page.locator("#counted").fill("12");
  await hall.press("/group");
  await hall.at("/tonight");
  for (let n = 0; n < 10; n++) { // opened, nothing asked yet: a count below eleven is never shown
    await hall.turn(() => hall.page.locator("button[data-act='/record'][name=group]").click());
    await hall.turn(() => hall.page.locator("nav button[data-open='/tonight']").click());
  }
  assert.equal(await hall.page.locator("ul.rows li button.row").count(), 10);
});

await step("a short form is filled in page by page with the office away", async () => {
  await night.cut();
  await cases.turn(() => cases.page.locator("button[data-act='/record']").first().click());
  const answers = { ...before, ...consent, ...atPoipet, ...fisher };
  let locked = 0;
  const pages = await cases.walk(answers, async (name) => {
    if (!(await cases.page.locator("#q-locked").count())) return;
    locked++;
    const asked = await cases.items();
    await cases.press("/alone");
    await cases.page.locator("#q-locked").waitFor({ state: "detached" });
    assert.ok((await cases.items()).length > asked.length, `${name} held its private questions back`);
  });
  assert.ok(pages.length >= 24, `only ${pages.length} pages: ${pages}`);
  assert.equal(locked, 1, "the private part was locked once, until others could not hear");
  assert.ok(cases.typed >= 80, `only ${cases.typed} answers were typed`);
});

await step("what was typed is kept on this tablet, and read back", async () => {
  await badge(cases, "tablet").first().waitFor();
  await cases.page.locator("#head .link", { hasText: km["link.alone"].split("{1}")[0].trim() }).waitFor();
  const read = await cases.page.locator(".readlines").innerText();
  for (const text of [atPoipet.idn_given_km, atPoipet.idn_given_latin, "18", canary.employer, canary.channel]) {
    assert.ok(read.includes(text), `the read-back names ${text}`);
  }
  await cases.fill(closing);
});

await step("the own view comes before the computed result", async () => {
  await cases.turn(() => cases.page.locator(".actions .primary").click());
  await cases.at("/view");
  await cases.page.locator("input[name=view][value=indicators]").check();
  await cases.next();
  await cases.at("/result");
  assert.ok((await cases.page.locator(".dims > li").count()) >= 3, "act, means and purpose");
  assert.ok((await cases.page.locator(".finding.f-found").count()) >= 1);
  await cases.page.locator(".dims summary").first().click();
  await cases.page.locator(".dims .because li").first().waitFor();
});

await step("the interview is closed, and waits on the tablet", async () => {
  await cases.turn(() => cases.press("/close"));
  const row = cases.page.locator("button.row", { hasText: atPoipet.idn_given_latin });
  await row.locator(".p-closed").waitFor();
  await row.locator(".badge.at-tablet").waitFor();
});

await step("a colleague at KTC writes the same person in other letters", async () => {
  await ktc.turn(() => ktc.page.locator("button[data-act='/record']").first().click());
  await identify(ktc, atKTC);
  await ktc.turn(() => ktc.page.locator("nav button[data-open='/tonight']").click());
  await ktc.page.locator("button.row", { hasText: atKTC.idn_given_latin }).locator(".badge.at-tablet").waitFor();
});

await step("the office comes back, and every badge turns to it", async () => {
  await night.restore();
  await night.meet();
  for (const [t, name] of [[cases, atPoipet.idn_given_latin], [ktc, atKTC.idn_given_latin]]) {
    await t.page.locator("nav button[data-open='/tonight']").click();
    await t.page.locator("button.row", { hasText: name }).locator(".badge.at-office", { hasText: km["where.office"] }).waitFor();
    await t.page.locator("#head .link", { hasText: km["link.connected"] }).waitFor();
  }
});

await step("a supervisor sees both, joins them, and parts them again", async () => {
  desk = new Desk(await open("desk"), night.places.desk);
  await desk.signIn();
  assert.equal(await desk.page.locator("html").getAttribute("lang"), "km");
  await desk.go("/records");
  const list = await desk.page.locator("table.list").innerText();
  assert.ok(list.includes(atPoipet.idn_given_latin) && list.includes(atKTC.idn_given_latin), "both are at the office");
  const persons = await desk.persons();
  await desk.go("/pairs");
  const pair = await desk.page.locator("table.pair").innerText();
  assert.ok(pair.includes(atPoipet.idn_given_latin) && pair.includes(atKTC.idn_given_latin), "both stand side by side");
  assert.ok((await desk.page.locator("table.pair mark").count()) > 0, "the letters that differ are marked");
  await desk.page.locator("#reason").fill("same voice, same village");
  await desk.page.locator("button[name=verdict][value=same]").click();
  await desk.page.locator("svg.waterfall rect").first().waitFor();
  assert.ok((await desk.page.locator("svg.waterfall rect").count()) >= 4, "the weight is explained field by field");
  assert.equal(await desk.persons(), persons - 1, "one person fewer");
  await desk.go("/pairs");
  await desk.page.locator(".history form[action='/pairs/undo'] button").first().click();
  await desk.page.locator(".history li.undone").first().waitFor();
  assert.equal(await desk.persons(), persons, "as before");
});

await step("a referral goes to the shelter", async () => {
  await cases.turn(() => cases.page.locator("button.row", { hasText: atPoipet.idn_given_latin }).click());
  await cases.turn(() => cases.press("/refer"));
  await cases.page.locator("#service").selectOption("shelter");
  await cases.page.locator("input[name=receiver]").first().check();
  await cases.page.locator("input[name=urgency][value='24h']").check();
  await cases.page.locator("#note").fill(canary.note);
  await cases.turn(() => cases.page.locator("button.primary[data-act$='/refer']").click());
  await night.meet();
});

await step("the shelter sees what was consented to, and nothing else", async () => {
  shelter = await tablet("NGO-1");
  await shelter.turn(() => shelter.page.locator("button.row", { hasText: atPoipet.idn_given_latin }).click());
  const shown = await shelter.page.content();
  for (const text of [atPoipet.idn_family_km, atPoipet.idn_given_latin, canary.channel, canary.note]) {
    assert.ok(shown.includes(text), `the copy holds ${text}`);
  }
  for (const text of [canary.employer, canary.involved, atPoipet.idn_phone, atPoipet.idn_home, "1993"]) {
    assert.ok(!shown.includes(text), `the copy must not hold ${text}`);
  }
});

await step("the shelter declines with a reason, and the interviewer sees it", async () => {
  await shelter.page.locator("#note").fill("made up: from Monday again");
  await shelter.page.locator("details:has([name=reason]) summary").click();
  await shelter.page.locator("input[name=reason][value=full]").check();
  await shelter.page.locator("button[name=answer][value=declined]").click();
  await shelter.page.locator(".steps", { hasText: km["referral.declined"] }).waitFor();
  await night.meet();
  await cases.page.locator("nav button[data-open='/tonight']").click();
  await cases.at("/tonight");
  await cases.turn(() => cases.page.locator("button.row", { hasText: atPoipet.idn_given_latin }).click());
  await cases.turn(() => cases.page.locator("button[data-open^='/referrals/']").first().click());
  await cases.page.getByText(km["referral.not_taken"].replace("{1}", km["decline.full"])).waitFor();
  await cases.page.getByText("made up: from Monday again").first().waitFor();
});

await step("an interview is handed on, and two answer one question differently", async () => {
  await hall.turn(() => hall.page.locator("button[data-act='/record'][name=group]").click());
  await identify(hall, another);
  await hall.turn(() => hall.press("/handover"));
  await hall.turn(() => hall.page.locator("button.person-pick", { hasText: "PTC-2" }).click());
  await night.meet();

  await cases.page.locator("nav button[data-open='/tonight']").click();
  await cases.at("/tonight");
  await cases.page.locator("button.row", { hasText: another.idn_given_latin }).waitFor();
  await night.cut();
  for (const [t, found] of [[hall, "village_broker"], [cases, "relative"]]) {
    await t.turn(() => t.page.locator("button.row", { hasText: another.idn_given_latin }).click());
    if (!(await t.here()).endsWith("/rec-1")) await t.goTo("rec-1");
    if (await t.page.locator("#q-locked").count()) {
      await t.press("/alone");
      await t.page.locator("#q-locked").waitFor({ state: "detached" });
    }
    await t.answer("rec_found_by", found);
  }
  await night.restore();
  await night.meet();
});

await step("both answers stand at the desk until a named person settles it", async () => {
  await desk.go("/contested");
  await desk.page.locator("a.row", { hasText: another.idn_given_latin }).first().click();
  const versions = desk.page.locator(".version:has(.origin)");
  assert.equal(await versions.count(), 2);
  const origins = await versions.locator(".origin").allInnerTexts();
  for (const [device, who] of [["PTC-1", night.places["PTC-1"].who], ["PTC-2", night.places["PTC-2"].who]]) {
    assert.ok(origins.some((o) => o.includes(device) && o.includes(who)), `who and where: ${who}, ${device} in ${origins}`);
  }
  assert.equal(await versions.locator("time[datetime]").count(), 2, "and when");
  const record = (await desk.page.locator("form[action^='/contested/']").getAttribute("action")).split("/")[2];
  await versions.filter({ hasText: "PTC-1" }).locator("input").check();
  await desk.page.locator("#reason").fill("she was asked again");
  await desk.page.locator("form[action^='/contested/'] .primary").click();
  await desk.page.locator(".note.good").waitFor();
  await desk.go(`/records/${record}`);
  const answer = desk.page.locator(".answers > div", { hasText: labelOf("rec_found_by") });
  await answer.locator("summary").click();
  const text = await answer.innerText();
  assert.ok(text.includes("PTC-2"), `the other stays in the history: ${text}`);
  assert.equal(await answer.locator(".badge.needs").count(), 0, "nobody is needed any more");
});

await step("no page broke the policy or threw", async () => assert.deepEqual(complaints, []));

if (failed) for (const [i, page] of browser.pages().entries()) await page.screenshot({ path: `shots/failed-${i}.png` }).catch(() => {});
await browser.close();
await step("the browser's profile holds nothing that was typed", async () => {
  assert.ok(filesHolding(profile, "127.0.0.1").length > 0, "the search does find what is there");
  for (const text of [...Object.values(canary), atPoipet.idn_given_latin, atKTC.idn_given_latin, another.idn_phone]) {
    assert.deepEqual(filesHolding(profile, text), [], `${text} is in the profile`);
  }
});
await night.stop();
rmSync(profile, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

function labelOf(item) {
  const form = JSON.parse(readFileSync(new URL("../../screening/form/data/vif-1.json", import.meta.url)));
  return form.items.find((i) => i.id === item).km;
}
