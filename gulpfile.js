const { rm } = require('node:fs/promises');
const { src, dest, parallel } = require('gulp');

/** What an earlier build left of a source that is gone must not reach the tarball. */
const clean = async () => await rm('dist', { recursive: true, force: true });

/** What tsc does not copy: icons and codex files, to the places where the compiled classes look for them. */
const copyIcons = () =>
	src(['nodes/**/*.{svg,png}', 'credentials/**/*.{svg,png}'], {
		base: '.',
		encoding: false,
	}).pipe(dest('dist'));
const copyCodex = () => src('nodes/**/*.node.json', { base: '.' }).pipe(dest('dist'));

exports.clean = clean;
exports.build = parallel(copyIcons, copyCodex);
