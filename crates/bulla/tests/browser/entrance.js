// The way in by passkeys, with the browser's own virtual authenticator: the first admin by the printed link, out and in again, and
// somebody whom they invite. Reads what it is told (JSON), and writes a line for each thing that is wrong.
'use strict';
const fs = require('node:fs');
const { chromium } = require('playwright-core');
const { Seat } = require('./seat');

const LOOKS = [
  { language: 'en', width: 1280, theme: 'light' },
  { language: 'fr', width: 360, theme: 'dark' },
];

// A person with a device of their own: cookies and passkeys are nobody else's.
async function arrive(browser, told, look, faults) {
  const { width, theme, language } = look;
  const context = await browser.newContext({ locale: `${language}-CA`, viewport: { width, height: 900 }, colorScheme: theme });
  const page = await context.newPage();
  const device = await context.newCDPSession(page);
  await device.send('WebAuthn.enable');
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const verified = (is) => device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: is });
  return { seat: new Seat(page, told, look, faults), page, verified };
}

async function join({ seat, page }, link) {
  await page.goto(link);
  seat.must(!page.url().includes('#'), 'the secret stays in the address');
  await seat.see('join');
  await seat.follow('form[data-passkey] .btn');
  await page.waitForURL(/\/console(\/people)?$/);
}

async function main() {
  const told = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  const faults = [];
  const admin = await arrive(browser, told, LOOKS[0], faults);
  await join(admin, told.link);
  await admin.seat.see('people');
  await admin.seat.write('#name', 'Ada');
  await admin.seat.choose('#role', 'auditor');
  await admin.seat.follow('#invite .btn');
  await admin.seat.see('invited');
  const link = await admin.page.textContent('#link .mono');

  const auditor = await arrive(browser, told, LOOKS[1], faults);
  await join(auditor, link.trim());
  await auditor.page.goto(`${told.origins[0]}/console/people`);
  await auditor.seat.see('people');
  auditor.seat.must((await auditor.page.$('#invite')) === null, 'an auditor is shown a form');

  // Out and in again; not while the device does not know who it is.
  const { seat, page, verified } = admin;
  await page.context().clearCookies();
  await page.goto(`${told.origins[0]}/console`);
  await seat.see('login-passkey');
  await verified(false);
  await seat.reach('form[data-passkey] .btn');
  await page.keyboard.press('Enter');
  await page.waitForSelector('form[data-passkey] .fault:not([hidden])');
  await verified(true);
  await seat.follow('form[data-passkey] .btn');
  await page.waitForURL(/\/console\/people$/);
  await browser.close();
  faults.forEach((fault) => console.log(fault));
}

main();
