// Opens every page of the gallery and fails on: an accessibility violation
// that axe finds, a page wider than its window, a touch target of the tablet
// lower than 56 px (44 px for the quiet ones in a list or header).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launch, pagesOf, serve, writeGallery } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = [[1280, 800], [800, 1280], [1366, 768]];
const dir = writeGallery();
const site = await serve(dir);
const browser = await launch();
let faults = 0, seen = 0;
const fault = (name, text) => { faults++; console.log(`${name}: ${text}`); };

async function check(page, name) {
  await page.goto(site.url + name);
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) fault(name, `${wide} px too wide at ${width}`);
  }
  if (name.startsWith("field")) {
    const low = await page.evaluate(() => [...document.querySelectorAll("main button, main .choice, main select, main input:not([type=radio]):not([type=checkbox]):not([type=hidden])")]
      .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 55.5).map((e) => e.outerHTML.slice(0, 80)));
    for (const target of low) fault(name, `lower than 56 px: ${target}`);
  }
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], rules: { region: { enabled: false } } }));
  for (const v of result.violations) for (const node of v.nodes.slice(0, 3)) fault(name, `${v.id}: ${node.html.slice(0, 140)}`);
  seen++;
}

// Two windows share the pages: a page of its own for each costs more than the check.
const names = pagesOf(dir).filter((p) => !p.startsWith("notice-") || p.startsWith("notice-unexpected"));
await Promise.all([1, 2].map(async () => {
  const page = await (await browser.newContext()).newPage();
  for (let name = names.shift(); name; name = names.shift()) await check(page, name);
}));
await browser.close();
site.stop();
console.log(`${seen} pages, ${faults} faults`);
process.exit(faults || seen < 100 ? 1 : 0);
