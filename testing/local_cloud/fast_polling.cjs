// Loaded into the CDK CLI by `LocalCloud.cdk`. The CLI looks at a stack every 2 or 5 seconds, and no option changes that.
// The local cloud is on this machine, so the CLI may ask ten times a second.
"use strict";

const POLLING_MILLISECONDS = new Set([2000, 5000]);

if (/[\\/](aws-cdk[\\/]bin[\\/]cdk|\.bin[\\/]cdk)$/.test(process.argv[1] ?? "")) {
  const setTimeout = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign(
    (callback, milliseconds, ...rest) =>
      setTimeout(callback, POLLING_MILLISECONDS.has(milliseconds) ? 100 : milliseconds, ...rest),
    setTimeout,
  );
}
