/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
import { parseArgs } from 'node:util';

import axios from 'axios';

import { SAMPLE_NAMES } from './samples';
import { startSandbox, TLS_CERTIFICATE } from './index';
import type { Settings } from './types';

const USAGE = `A local Segmind: develop without paying.

  --port 4010            gateway
  --storage-port 4011    uploads
  --files-port 4012      videos and images
  --history-port 4013    the account's history
  --tls-port <port>      the gateway over HTTPS too, with a self-signed certificate
  --host 127.0.0.1       interface to listen on
  --public-host <name>   host name in URLs, if clients know this machine by another
  --job-seconds 8        how long a job takes
  --rpm 0                requests a minute an account may make, 0 = unlimited
  --credits 100          balance of the account, USD
  --key <key>            its key
  --set <name=value>     a setting of docs/sandbox.md; may be given several times
  --verbose              log every request
`;

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: '4010' },
		'storage-port': { type: 'string', default: '4011' },
		'files-port': { type: 'string', default: '4012' },
		'history-port': { type: 'string', default: '4013' },
		'tls-port': { type: 'string' },
		host: { type: 'string', default: '127.0.0.1' },
		'public-host': { type: 'string' },
		'job-seconds': { type: 'string', default: '8' },
		rpm: { type: 'string', default: '0' },
		credits: { type: 'string', default: '100' },
		key: { type: 'string', default: 'SG_example_dummy_0000' },
		set: { type: 'string', multiple: true, default: [] },
		verbose: { type: 'boolean', default: false },
		help: { type: 'boolean', default: false },
	},
});

type NumberFlag =
	| `${'' | 'storage-' | 'files-' | 'history-' | 'tls-'}port`
	| 'job-seconds'
	| 'rpm'
	| 'credits';

function number(name: NumberFlag) {
	const value = Number(values[name] || 'none');
	if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} needs a number from 0`);
	return value;
}

/** `a=1` as a setting: a number or a boolean where it reads like one, otherwise text. */
function setting(text: string): Partial<Settings> {
	const [name, ...rest] = text.split('=');
	const value = rest.join('=');
	const isLiteral = value === 'true' || value === 'false' || /^-?\d+(\.\d+)?$/.test(value);
	return { [name]: isLiteral ? (JSON.parse(value) as unknown) : value };
}

/** Through the sandbox's own interface, which knows what may be set. Throws for anything else. */
async function applySettings(gatewayUrl: string, texts: string[]): Promise<void> {
	for (const text of texts) {
		const { status, data } = await axios.post<{ error?: string }>(
			`${gatewayUrl}/_sandbox/settings`,
			setting(text),
			{ validateStatus: null },
		);
		if (status !== 200) throw new Error(`--set ${text}: ${data.error}`);
	}
}

async function main(): Promise<void> {
	if (values.help) {
		console.log(USAGE);
		return;
	}
	const sandbox = await startSandbox({
		host: values.host,
		publicHost: values['public-host'],
		ports: {
			gateway: number('port'),
			storage: number('storage-port'),
			files: number('files-port'),
			history: number('history-port'),
			tls: values['tls-port'] === undefined ? undefined : number('tls-port'),
		},
		tls: values['tls-port'] !== undefined,
		jobSeconds: number('job-seconds'),
		requestsPerMinute: number('rpm'),
		credits: number('credits'),
		logger: values.verbose,
	});
	try {
		await applySettings(sandbox.gatewayUrl, values.set);
	} catch (error) {
		await sandbox.close();
		throw error;
	}
	const { key } = sandbox.createAccount({ key: values.key });
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
