/* eslint-disable @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */

/** A run reports here: `step` for a line that stays, `progress` for a state that the next one replaces. */
export interface Reporter {
	step(text: string): void;
	progress(text: string): void;
}

export const silent: Reporter = { step: () => {}, progress: () => {} };

/** Without a terminal (CI), a state cannot be replaced, so a line comes only this often. */
const LINE_EVERY_MS = 5000;

/** Reports to the terminal, or as plain lines if there is none. */
export function terminalReporter(): Reporter {
	let open = false;
	let lastLine = 0;
	return {
		step(text) {
			console.log(open ? `\n${text}` : text);
			open = false;
		},
		progress(text) {
			if (process.stdout.isTTY) {
				process.stdout.write(`\r\u001b[K    ${text}`);
				open = true;
			} else if (Date.now() - lastLine > LINE_EVERY_MS) {
				lastLine = Date.now();
				console.log(`    ${text}`);
			}
		},
	};
}
