// Makes docs/images/*.svg from docs/images/*.dot with Graphviz: `make pictures`. With --check it only compares.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { instance } from "@viz-js/viz";

const folder = new URL("../docs/images/", import.meta.url);
const viz = await instance();
for (const name of readdirSync(folder).filter((each) => each.endsWith(".dot"))) {
  const image = new URL(name.replace(/dot$/, "svg"), folder);
  const made = viz.renderString(readFileSync(new URL(name, folder), "utf8"), { format: "svg" });
  if (!process.argv.includes("--check")) writeFileSync(image, made);
  else if (readFileSync(image, "utf8") !== made) {
    console.error(`docs/images/${name} has changed, and its picture has not; run: make pictures`);
    process.exitCode = 1;
  }
}
