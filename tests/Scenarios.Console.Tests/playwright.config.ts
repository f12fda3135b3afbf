/**
 * Flows through the console in Chromium, against a real server on a PostgreSQL of its own. One worker: on a small machine two
 * only wait for each other. The browser is the machine's own; SCENARIOS_CHROMIUM names another one.
 */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './flows',
  outputDir: './bin/results',
  globalSetup: './support/server.ts',
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.SCENARIOS_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
