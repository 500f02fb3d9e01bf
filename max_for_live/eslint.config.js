/** Lint rules for the Live side: recommended sets, documented functions. */
import js from "@eslint/js";
import jsdoc from "eslint-plugin-jsdoc";

export default [
  { ignores: ["node_modules/"] },
  js.configs.recommended,
  jsdoc.configs["flat/recommended-typescript-flavor-error"],
  {
    rules: {
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      // A sentence on the whole function says more than one for each self-named parameter.
      "jsdoc/require-param-description": "off",
      "jsdoc/require-returns-description": "off",
      "jsdoc/require-property-description": "off",
      // Plain messages are checked by the table, not by their static type.
      "jsdoc/reject-any-type": "off",
    },
  },
];
