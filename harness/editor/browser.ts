/* eslint-disable @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { chromium, selectors, type Browser } from 'playwright-core';
import { installed, isProgram, onPath } from '../debian';
import type { Log } from '../install';

/** n8n brings its own fonts but one: JSON is shown in the system's monospaced font. */
const PACKAGES: [string, ...string[]] = ['chromium', 'fonts-dejavu-core'];

/**
 * Starts Chromium without a window: the one `CHROMIUM` names, or the machine's.
 * Where there is none, root on Debian or Ubuntu gets it installed.
 * @throws with what to do when there is none and it cannot be installed, or it does not start
 */
export async function launchBrowser(log: Log = () => {}): Promise<Browser> {
	const executablePath = await findOrInstall(log);
	// n8n's spelling of what Playwright's getByTestId looks for.
	selectors.setTestIdAttribute('data-test-id');
	// Chromium's own sandbox does not start as root or in most containers; the only pages opened are n8n's.
	const args = ['--no-sandbox', '--hide-scrollbars', '--disable-gpu'];
	return await chromium.launch({ executablePath, args });
}

async function findOrInstall(log: Log): Promise<string> {
	const named = process.env.CHROMIUM;
	if (named) {
		if (isProgram(named)) return named;
		throw new Error(`CHROMIUM is set to ${named}, and there is no program.`);
	}
	const find = () => onPath('chromium') ?? onPath('google-chrome');
	const orElse = ', or set CHROMIUM to the path of a Chromium or Chrome,';
	return find() ?? (await installed(PACKAGES, find, log, orElse));
}
