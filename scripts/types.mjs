// SPDX-License-Identifier: MIT
// Generates the package's declarations from js/, without what is marked @internal there: the
// compiler's own stripInternal does not heed JavaScript.

import { cp } from 'node:fs/promises';
import path from 'node:path';
import { nodeModules } from './node-modules.mjs';
import { repository } from './run.mjs';

/** Writes declarations to `folder`; resolves with what the compiler has to say, one line each. */
export async function generateTypes(folder) {
  await nodeModules();
  const { default: ts } = await import('typescript');
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(repository, 'tsconfig.json'),
    { outDir: folder },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  );
  const program = ts.createProgram(config.fileNames, config.options);
  const { diagnostics } = program.emit(undefined, undefined, undefined, true, {
    afterDeclarations: [(context) => (file) => withoutInternals(ts, context, file)],
  });
  // What is a declaration already is not copied by the compiler.
  for (const name of ['inference.d.ts', 'embind.d.ts']) {
    await cp(path.join(repository, 'js', name), path.join(folder, name));
  }
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map((diagnostic) =>
    ts.formatDiagnostic(diagnostic, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => repository,
      getNewLine: () => '\n',
    }),
  );
}

function withoutInternals(ts, context, file) {
  const isInternal = (node) =>
    ts.getJSDocTags(ts.getOriginalNode(node)).some(({ tagName }) => tagName.text === 'internal');
  const visit = (node) => {
    if (!ts.isClassElement(node) || !isInternal(node)) {
      return ts.visitEachChild(node, visit, context);
    }
    // A class whose constructor is left out has one without arguments.
    if (!ts.isConstructorDeclaration(node)) return undefined;
    const hidden = [ts.factory.createModifier(ts.SyntaxKind.ProtectedKeyword)];
    return ts.factory.updateConstructorDeclaration(node, hidden, [], undefined);
  };
  return ts.visitEachChild(file, visit, context);
}
