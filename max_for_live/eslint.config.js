/** Lint rules for the Live side: recommended sets, no import cycles, documented functions. */
import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import jsdoc from "eslint-plugin-jsdoc";

export default [
  { ignores: ["node_modules/"] },
  js.configs.recommended,
  jsdoc.configs["flat/recommended-typescript-flavor-error"],
  {
    plugins: { "import-x": importX },
    rules: {
      "import-x/no-cycle": "error",
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
    },
  },
];
