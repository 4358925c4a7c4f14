import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// The same list as PURE in .dependency-cruiser.mjs: values in, values out, nothing asked of the world.
const PURE = [
  'src/{domain,calculators,processors}/**/*.ts',
  'src/*/*/{schema,normalise,options,payload,exposition,columns,page,charts,styles}.ts',
];

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name is the same everywhere it is used.',
};

const NO_ZOD_OBJECT = {
  selector:
    'ImportDeclaration[source.value="zod"] > :matches(ImportSpecifier[imported.name="z"], ImportDefaultSpecifier)',
  message:
    "Write `import * as z from 'zod'`: the object `z` brings every locale along, 380 kB and 20 ms of start-up.",
};

const kebabCase = {
  meta: { type: 'suggestion', schema: [], messages: { kebab: 'File names are kebab-case: {{name}}' } },
  create(context) {
    const name = context.filename.replaceAll('\\', '/').split('/').at(-1) ?? '';
    return {
      Program(node) {
        if (!/^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/u.test(name)) {
          context.report({ node, messageId: 'kebab', data: { name } });
        }
      },
    };
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'data/', 'demo/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,js,mjs}'],
    extends: [js.configs.recommended],
    plugins: { local: { rules: { 'kebab-case': kebabCase } } },
    rules: { eqeqeq: 'error', 'local/kebab-case': 'error' },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: { Buffer: 'readonly', URL: 'readonly', console: 'readonly', process: 'readonly' },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      // an async function without await is how a fake or an in-memory version keeps a promised signature
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // a plain number is fine (`a.at - b.at || compare(a.id, b.id)`); one that may be missing is not: 0 is a value
      '@typescript-eslint/strict-boolean-expressions': ['error', { allowNumber: true, allowString: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      complexity: ['error', 15],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, NO_ZOD_OBJECT],
    },
  },
  {
    files: PURE,
    rules: {
      'no-restricted-globals': ['error', 'fetch', 'process', 'performance', 'setTimeout', 'setInterval'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the instant as a parameter.' },
        { object: 'Math', property: 'random', message: 'Same input, same output.' },
        { object: 'Temporal', property: 'Now', message: 'Take the instant as a parameter.' },
      ],
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT_EXPORT,
        NO_ZOD_OBJECT,
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'Take the instant as a parameter.',
        },
        { selector: 'CallExpression[callee.name="Date"]', message: 'Take the instant as a parameter.' },
      ],
    },
  },
  {
    // the constructors of branded types
    files: ['src/domain/{units,ids}.ts'],
    rules: { '@typescript-eslint/consistent-type-assertions': 'off' },
  },
  {
    files: ['tests/**/*.ts', 'bench/**/*.ts', 'fixtures/**/*.ts'],
    rules: {
      // expect.stringContaining() and its like are any; so is JSON.parse, given a type by the variable it lands in
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
