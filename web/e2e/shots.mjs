// Takes a picture of every page of the gallery at the sizes it is used at,
// into shots/ (not committed). Somebody has to look at them.
//   node shots.mjs            all pages
//   node shots.mjs question pairs   only those whose name holds one of the words
import { mkdirSync } from "node:fs";
import { launch, pagesOf, serve, writeGallery } from "./browser.mjs";

const tablet = [[1280, 800], [800, 1280]], desk = [[1366, 768], [1920, 1080]];
const words = process.argv.slice(2);
const dir = writeGallery();
const site = await serve(dir);
const browser = await launch();
mkdirSync("shots", { recursive: true });
for (const name of pagesOf(dir).filter((p) => (!words.length || words.some((w) => p.includes(w))) && !p.startsWith("notice-"))) {
  for (const [width, height] of name.startsWith("desk") ? desk : tablet) {
    const page = await browser.newPage({ viewport: { width, height } });
    await page.goto(site.url + name);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `shots/${name.replace(".html", "")}-${width}x${height}.png` });
    await page.close();
  }
}
await browser.close();
site.stop();
