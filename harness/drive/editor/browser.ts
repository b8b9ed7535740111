/* eslint-disable @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { chromium, selectors, type Browser } from 'playwright-core';
import { installed, onPath } from '../../install/machine';
import type { Log } from '../../install';

/** n8n has its own fonts, but shows JSON in the system's monospaced font. */
const PACKAGES: [string, ...string[]] = ['chromium', 'fonts-dejavu-core'];

/**
 * Starts Chromium without a window: the one that `CHROMIUM` names, or the machine's. If there is none, installs it as
 * root on Debian or Ubuntu.
 * @throws with what to do, if it cannot be installed or does not start
 */
export async function launchBrowser(log: Log = () => {}): Promise<Browser> {
	const executablePath = await findOrInstall(log);
	// The attribute that n8n uses for test IDs.
	selectors.setTestIdAttribute('data-test-id');
	// Chromium's own sandbox does not start as root or in most containers. This opens only n8n's pages.
	const args = ['--no-sandbox', '--hide-scrollbars', '--disable-gpu'];
	return await chromium.launch({ executablePath, args });
}

async function findOrInstall(log: Log): Promise<string> {
	const named = process.env.CHROMIUM;
	if (named) {
		if (onPath(named)) return named;
		throw new Error(`CHROMIUM is set to ${named}, and there is no program.`);
	}
	const find = () => onPath('chromium') ?? onPath('google-chrome');
	const orElse = ', or set CHROMIUM to the path of a Chromium or Chrome,';
	return find() ?? (await installed(PACKAGES, find, log, orElse));
}
