/** What stands at the root: where everything else is. */

/** The page, in HTML. */
export function startPage(): string {
  const links = ["metrics", "status.json"].map((path) => `<li><a href="/${path}">${path}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>dnsfwd</title></head>
<body><h1>dnsfwd</h1><ul>${links.join("")}</ul></body>
</html>
`;
}
