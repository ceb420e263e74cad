// Reads what it is told (JSON), goes through every view in every look, and writes a line for each thing that is wrong.
'use strict';
const fs = require('node:fs');
const { chromium } = require('playwright-core');
const { unseen } = require('./proof');
const { Seat } = require('./seat');
const { views } = require('./views');

// Each language narrow and wide, light and dark; each width in both themes.
const LOOKS = [
  { language: 'en', width: 1280, theme: 'light' },
  { language: 'en', width: 360, theme: 'dark' },
  { language: 'fr', width: 1280, theme: 'dark' },
  { language: 'fr', width: 360, theme: 'light' },
];

async function main() {
  const told = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  const faults = await unseen(browser);
  const page = await browser.newPage({ locale: 'en-CA', timezoneId: 'America/Toronto', viewport: { width: 1280, height: 900 } });
  const seat = new Seat(page, told, LOOKS[0], faults);
  // One browser is let in once: its page is reached by its address from then on.
  await page.goto(told.entry);
  await page.goto(`${told.origins[0]}/console`);
  await seat.see('login');
  await seat.follow('form[action="/console/demo"] .btn');
  for (const look of LOOKS) {
    seat.look = look;
    await page.setViewportSize({ width: look.width, height: 900 });
    await page.emulateMedia({ colorScheme: look.theme });
    await page.goto(`${told.origins[0]}/console`);
    for (const [name, task] of Object.entries(views)) {
      seat.view = name;
      await task(seat).catch((error) => seat.wrong('task', error.message));
    }
  }
  await browser.close();
  faults.forEach((fault) => console.log(fault));
}

main();
