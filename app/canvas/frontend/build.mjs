// Write the one file that the browser loads, the same bytes from the same sources.
import { build } from "esbuild";

await build({
  entryPoints: ["src/index.tsx"],
  outfile: "../../static/canvas.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  define: { "process.env.NODE_ENV": '"production"' },
  banner: { js: "/* Built from app/canvas/frontend by `npm run build`. Do not edit. Contains React, React Flow and dagre (MIT licence). */" },
});
