/** Unit and workflow tests run in one process tree; the end-to-end and editor tests start a real n8n and run one by one. */
const transform = {
	'^.+\\.ts$': [
		'@swc/jest',
		{ jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' } },
	],
};
const base = {
	testEnvironment: 'node',
	transform,
	setupFiles: ['<rootDir>/test/setup.js'],
};

module.exports = {
	// A busy machine is no failure; what really hangs is ended by the budget of its stage in test/run.ts.
	testTimeout: 60_000,
	projects: [
		{ ...base, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
		{ ...base, displayName: 'sandbox', testMatch: ['<rootDir>/test/sandbox/**/*.test.ts'] },
		{
			...base,
			displayName: 'workflow',
			testMatch: ['<rootDir>/test/workflow/**/*.test.ts'],
			testEnvironment: '<rootDir>/test/workflow/support/environment.ts',
		},
		{ ...base, displayName: 'package', testMatch: ['<rootDir>/test/package/**/*.test.ts'] },
		{ ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
		{ ...base, displayName: 'editor', testMatch: ['<rootDir>/test/editor/**/*.test.ts'] },
	],
};
