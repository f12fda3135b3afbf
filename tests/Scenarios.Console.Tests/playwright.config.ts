/**
 * Flows through the console in Chromium, against a real server on a PostgreSQL of its own. One worker: on a small machine two
 * only wait for each other. The browser is the machine's own; SCENARIOS_CHROMIUM names another one.
 *
 *     npx playwright test                        the flows, as ./test runs them
 *     npx playwright test --project=speed        the speed gates, for a quiet machine
 *     npx playwright test --project=pictures     makes the pictures of docs/console.md anew
 */
import { defineConfig } from '@playwright/test';

const project = (process.env.SCENARIOS_CONSOLE_PROJECT ?? process.argv.find((a) => a.startsWith('--project='))?.split('=')[1]) || 'flows';

// Workers read this file again, without the arguments.
process.env.SCENARIOS_CONSOLE_PROJECT = project;

export default defineConfig({
  outputDir: './bin/results',
  projects: [{ name: project, testDir: `./${project}` }],
  workers: 1,
  fullyParallel: false,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Oslo',
    trace: 'retain-on-failure',
    actionTimeout: 20_000,
    launchOptions: {
      executablePath: process.env.SCENARIOS_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
