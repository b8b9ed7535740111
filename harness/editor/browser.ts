/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { chromium, selectors, type Browser } from 'playwright-core';
import { installed, isProgram, onPath } from '../debian';
import type { Log } from '../install';

/** n8n brings its own fonts; those of the system stand in for what they lack, and Debian's Chromium needs one. */
const PACKAGES: [string, ...string[]] = ['chromium', 'fonts-inter'];

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
	return await chromium.launch({ executablePath, args: ['--no-sandbox', '--hide-scrollbars'] });
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
