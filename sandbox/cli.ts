/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
import { parseArgs } from 'node:util';

import { SAMPLE_NAMES } from './render/samples';
import { startSandbox } from './index';

const USAGE = `A local Segmind: develop without paying.

  --port 4010            gateway
  --storage-port 4011    uploads
  --files-port 4012      videos and images
  --history-port 4013    the account's history
  --host 127.0.0.1       interface to listen on
  --public-host <name>   host name in URLs, if clients know this machine by another
  --job-seconds 8        how long a job takes
  --rpm 0                requests a minute an account may make, 0 = unlimited
  --credits 100          balance of the account, USD
  --key <key>            its key
  --verbose              log every request
`;

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: '4010' },
		'storage-port': { type: 'string', default: '4011' },
		'files-port': { type: 'string', default: '4012' },
		'history-port': { type: 'string', default: '4013' },
		host: { type: 'string', default: '127.0.0.1' },
		'public-host': { type: 'string' },
		'job-seconds': { type: 'string', default: '8' },
		rpm: { type: 'string', default: '0' },
		credits: { type: 'string', default: '100' },
		key: { type: 'string', default: 'SG_example_dummy_0000' },
		verbose: { type: 'boolean', default: false },
		help: { type: 'boolean', default: false },
	},
});

type NumberFlag =
	| `${'' | 'storage-' | 'files-' | 'history-'}port`
	| 'job-seconds'
	| 'rpm'
	| 'credits';

function number(name: NumberFlag) {
	const value = Number(values[name] || 'none');
	if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} needs a number from 0`);
	return value;
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
		},
		jobSeconds: number('job-seconds'),
		requestsPerMinute: number('rpm'),
		credits: number('credits'),
		logger: values.verbose,
	});
	const { key } = sandbox.createAccount({ key: values.key });
	console.log(`Segmind sandbox is running. Nothing here costs money.

  Enter in the n8n credential
    API key       ${key}
    Base URL      ${sandbox.gatewayUrl}
    Storage URL   ${sandbox.storageUrl}
    History URL   ${sandbox.historyUrl}

  Videos and images   ${sandbox.filesUrl}
  Sample images       ${SAMPLE_NAMES.map((name) => `${sandbox.filesUrl}/samples/${name}`).join('\n                      ')}
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
