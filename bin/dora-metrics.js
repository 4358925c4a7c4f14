#!/usr/bin/env node
// The check comes before the import, in syntax that old Nodes can read: they must get this far to be told.
var parts = process.versions.node.split('.');
var major = Number(parts[0]);
if (major > 20 || (major === 20 && Number(parts[1]) >= 19)) {
  import('../dist/main.js')
    .then(function (cli) {
      return cli.main(process.argv.slice(2));
    })
    .then(function (exitCode) {
      process.exitCode = exitCode;
      // whoever interrupts does not wait for what a library still has in hand, a timer or a connection
      if (exitCode === 130) process.exit();
    });
} else {
  process.stderr.write('dora-metrics needs Node.js 20.19 or newer, this is ' + process.versions.node + '\n');
  process.exitCode = 2;
}
