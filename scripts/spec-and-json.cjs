// mocha's spec reporter, which also leaves the counts in the file named by MOCHA_JSON.
const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class SpecAndJson extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      if (process.env.MOCHA_JSON)
        writeFileSync(process.env.MOCHA_JSON, JSON.stringify({ stats: { passes, failures, pending } }));
    });
  }
};
