// Write the one file that the browser loads, the same bytes from the same sources.
import { build } from "esbuild";

await build({
  entryPoints: ["src/index.ts"],
  outfile: "../../static/charts.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Built from app/charts/frontend by `npm run build`. Do not edit. Contains plotly.js, cartesian (MIT licence). */" },
});
