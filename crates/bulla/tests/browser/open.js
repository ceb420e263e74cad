// A file tested without logging in, by keyboard, in both languages.
'use strict';
const fs = require('node:fs');
const { chromium } = require('playwright-core');
const { Seat } = require('./seat');

const LOOKS = [
  { language: 'en', width: 1280, theme: 'light' },
  { language: 'fr', width: 360, theme: 'dark' },
];

async function test(browser, told, look, faults) {
  const locale = look.language === 'fr' ? 'fr-CA' : 'en-CA';
  const page = await browser.newPage({ locale, viewport: { width: look.width, height: 900 }, colorScheme: look.theme });
  const seat = new Seat(page, told, look, faults);
  await page.goto(`${told.origins[0]}/console/login`);
  await seat.follow('.box a[href="/console/test"]');
  await seat.see('open-test');
  await seat.write('#paste', told.document);
  await seat.follow('.cols-form .btn-do');
  seat.must((await page.textContent('.finds')).includes('INVALID_DATE'), 'it finds the wrong date');
  seat.must((await page.locator('#by').count()) === 0, 'no agreement is offered');
  await seat.see('open-test-found');
  await page.close();
}

async function main() {
  const told = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  const faults = [];
  for (const look of LOOKS) await test(browser, told, look, faults);
  await browser.close();
  faults.forEach((fault) => console.log(fault));
}

main();
