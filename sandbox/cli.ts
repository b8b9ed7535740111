/* eslint-disable @n8n/community-nodes/require-node-api-error, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
import { InvalidArgumentError, program } from 'commander';

import { SAMPLE_NAMES } from './samples';
import { startSandbox, TLS_CERTIFICATE } from './index';

function number(text: string): number {
	const value = Number(text || 'none');
	if (!Number.isFinite(value) || value < 0)
		throw new InvalidArgumentError('It needs a number from 0.');
	return value;
}

const collected = (text: string, before: string[]): string[] => [...before, text];

const flags = program
	.description('A local Segmind: develop without paying.')
	.option('--port <port>', 'gateway', number, 4010)
	.option('--storage-port <port>', 'uploads', number, 4011)
	.option('--files-port <port>', 'videos and images', number, 4012)
	.option('--history-port <port>', "the account's history", number, 4013)
	.option('--tls-port <port>', 'the gateway over HTTPS too, with a self-signed certificate', number)
	.option('--host <host>', 'interface to listen on', '127.0.0.1')
	.option('--public-host <name>', 'host name in URLs, if clients know this machine by another')
	.option('--job-seconds <seconds>', 'how long a job takes', number, 8)
	.option('--rpm <requests>', 'requests a minute an account may make, 0 = unlimited', number, 0)
	.option('--credits <usd>', 'balance of the account, USD', number, 100)
	.option('--key <key>', 'its key', 'SG_example_dummy_0000')
	.option('--set <name=value>', 'a setting of docs/sandbox.md; several times', collected, [])
	.option('--verbose', 'log every request', false)
	.parse()
	.opts();

/** `a=1` as a setting: a number or a boolean where it reads like one, otherwise text. */
function setting(text: string): object {
	const [name, ...rest] = text.split('=');
	const value = rest.join('=');
	const isLiteral = /^(true|false|-?\d+(\.\d+)?)$/.test(value);
	return { [name]: isLiteral ? (JSON.parse(value) as unknown) : value };
}

/** Through the sandbox's own interface, which knows what may be set. Throws for anything else. */
async function applySettings(gatewayUrl: string, texts: string[]): Promise<void> {
	for (const text of texts) {
		const response = await fetch(`${gatewayUrl}/_sandbox/settings`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(setting(text)),
		});
		const { error } = (await response.json()) as { error?: string };
		if (!response.ok) throw new Error(`--set ${text}: ${error}`);
	}
}

async function main(): Promise<void> {
	const { port: gateway, storagePort: storage, filesPort: files, historyPort: history } = flags;
	const sandbox = await startSandbox({
		host: flags.host,
		publicHost: flags.publicHost,
		ports: { gateway, storage, files, history, tls: flags.tlsPort },
		tls: flags.tlsPort !== undefined,
		jobSeconds: flags.jobSeconds,
		requestsPerMinute: flags.rpm,
		credits: flags.credits,
		logger: flags.verbose,
	});
	try {
		await applySettings(sandbox.gatewayUrl, flags.set);
	} catch (error) {
		await sandbox.close();
		throw error;
	}
	const { key } = sandbox.createAccount({ key: flags.key });
	const tls = sandbox.tlsUrl
		? `\n  Base URL over TLS   ${sandbox.tlsUrl}\n  Its certificate     ${TLS_CERTIFICATE}`
		: '';
	console.log(`Segmind sandbox is running. Nothing here costs money.

  Enter in the n8n credential
    API key       ${key}
    Base URL      ${sandbox.gatewayUrl}
    Storage URL   ${sandbox.storageUrl}
    History URL   ${sandbox.historyUrl}${tls && `\n${tls}`}

  Videos and images   ${sandbox.filesUrl}
  Sample files        ${SAMPLE_NAMES.map((name) => `${sandbox.filesUrl}/samples/${name}`).join('\n                      ')}
  Look inside         ${sandbox.gatewayUrl}/_sandbox
`);
	let stopping = false;
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.on(signal, () => {
			if (stopping) return;
			stopping = true;
			void sandbox.close().then(() => process.exit(0));
		});
	}
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
