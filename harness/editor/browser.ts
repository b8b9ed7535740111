/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { existsSync } from 'node:fs';
import { chromium, selectors, type Browser } from 'playwright-core';

const DEBIAN = '/usr/bin/chromium';

/**
 * Starts Chromium without a window: the one `CHROMIUM` names, or Debian's.
 * @throws with what to install when there is none
 */
export async function launchBrowser(): Promise<Browser> {
	const executablePath = process.env.CHROMIUM ?? DEBIAN;
	if (!existsSync(executablePath)) {
		throw new Error(
			`There is no Chromium at ${executablePath}. Install one (Debian, Ubuntu: "apt-get install chromium ` +
				'fonts-inter"), or set CHROMIUM to the path of a Chromium or Chrome.',
		);
	}
	// n8n's spelling of what Playwright's getByTestId looks for.
	selectors.setTestIdAttribute('data-test-id');
	// Chromium's own sandbox does not start as root or in most containers; the only pages opened are n8n's.
	return await chromium.launch({ executablePath, args: ['--no-sandbox', '--hide-scrollbars'] });
}
