// The right Node before anything that only that one can run. Written for old Nodes on purpose.
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(
    `The tests need Node.js ${NEEDED} or newer; this is ${process.versions.node} at ${process.execPath}. ` +
      `Install Node ${NEEDED}, then run npm ci again.`,
  );
  process.exit(1);
}
