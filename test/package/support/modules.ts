/** What a compiled file asks for and which globals it uses, read with TypeScript's own parser. */
import ts from 'typescript';

function visit(text: string, each: (node: ts.Node) => void): void {
	const source = ts.createSourceFile(
		'file.js',
		text,
		ts.ScriptTarget.Latest,
		true,
		ts.ScriptKind.JS,
	);
	const walk = (node: ts.Node) => {
		each(node);
		ts.forEachChild(node, walk);
	};
	walk(source);
}

/** `require`, `require.resolve` or `import` as what is called. */
function isLoader(called: ts.Expression): boolean {
	if (called.kind === ts.SyntaxKind.ImportKeyword) return true;
	if (ts.isIdentifier(called)) return called.text === 'require';
	return ts.isPropertyAccessExpression(called) && called.expression.getText() === 'require';
}

/** The modules that a file loads; code in place of a name is given as it is, in angle brackets. */
export function loadedModules(text: string): string[] {
	const found: string[] = [];
	const add = (name: ts.Expression | undefined) =>
		found.push(name && ts.isStringLiteralLike(name) ? name.text : `<${name?.getText() ?? ''}>`);
	visit(text, (node) => {
		if (ts.isCallExpression(node) && isLoader(node.expression)) add(node.arguments[0]);
		if (ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier)) {
			add(node.moduleSpecifier);
		}
		// `const load = require` would hide what it loads.
		if (ts.isIdentifier(node) && node.text === 'require' && !isCalled(node))
			found.push('<require>');
	});
	return found;
}

function isCalled(name: ts.Identifier): boolean {
	const { parent } = name;
	if (ts.isCallExpression(parent)) return parent.expression === name;
	return (
		ts.isPropertyAccessExpression(parent) &&
		ts.isCallExpression(parent.parent) &&
		parent.parent.expression === parent
	);
}

/** Whether an identifier is a name in its own right, not a key of something else. */
function standsAlone(node: ts.Identifier): boolean {
	const { parent } = node;
	if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
	if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
	return !ts.isMethodDeclaration(parent) && !ts.isPropertyDeclaration(parent);
}

/** The names that a file declares at its top: whatever else has that name is not the global. */
function declaredNames(text: string): Set<string> {
	const source = ts.createSourceFile(
		'file.js',
		text,
		ts.ScriptTarget.Latest,
		true,
		ts.ScriptKind.JS,
	);
	const names = source.statements.flatMap((statement) => {
		if (ts.isVariableStatement(statement)) {
			return statement.declarationList.declarations.map(({ name }) => name.getText());
		}
		if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
			return [statement.name?.text ?? ''];
		return [];
	});
	return new Set(names);
}

/** Every name that a file uses as a variable and does not declare at its top. */
export function usedNames(text: string): Set<string> {
	const own = declaredNames(text);
	const names = new Set<string>();
	visit(text, (node) => {
		if (ts.isIdentifier(node) && standsAlone(node) && !own.has(node.text)) names.add(node.text);
	});
	return names;
}
