/** A release's lines in CHANGELOG.md: what each change says of itself, as it stands. */
module.exports = {
	getReleaseLine: async ({ summary }) => `- ${summary.trim().split('\n').join('\n  ')}`,
	getDependencyReleaseLine: async () => '',
};
