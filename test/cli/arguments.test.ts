import assert from "node:assert/strict";
import { parseArguments } from "../../src/cli/arguments.ts";
import { type CommandName, commands, isAction } from "../../src/cli/commands.ts";
import { type OptionName, options, variableOf } from "../../src/cli/options.ts";
import type { Flags } from "../../src/cli/resolve.ts";
import { exitCodes } from "../../src/errors/catalogue.ts";
import { Failure } from "../../src/errors/failure.ts";

async function textOf(...argv: readonly string[]): Promise<string> {
  const parsed = await parseArguments(argv, "1.2.3");
  assert.ok(parsed.kind === "text", JSON.stringify(parsed));
  return parsed.text;
}

async function commandOf(...argv: readonly string[]): Promise<{ command: CommandName; flags: Flags }> {
  const parsed = await parseArguments(argv, "1.2.3");
  assert.ok(parsed.kind === "command", JSON.stringify(parsed));
  return parsed;
}

async function problemOf(...argv: readonly string[]): Promise<string> {
  try {
    await parseArguments(argv, "1.2.3");
  } catch (error) {
    assert.ok(error instanceof Failure && error.reason === "INVALID_OPTION", String(error));
    return error.evidence;
  }
  return "none";
}

const names = Object.keys(commands) as CommandName[];

describe("arguments", () => {
  for (const name of names) {
    it(`know the command ${name}`, async () => {
      const { command, flags } = await commandOf(name, "--namespace", "user1-test", "--verbose");
      assert.equal(command, name);
      assert.equal(flags["namespace"], "user1-test");
      assert.equal(flags["verbose"], true);
    });
  }

  it("keep texts as they are: no number, no nesting, no other spelling", async () => {
    const argv = [
      "--model-version",
      "1234567890",
      "--set",
      "a.b=1",
      "--percent-path",
      "a.b",
      "--max-errors=07",
    ];
    const { flags } = await commandOf("stage", ...argv);
    assert.equal(flags["model-version"], "1234567890");
    assert.equal(flags["set"], "a.b=1");
    assert.equal(flags["percent-path"], "a.b");
    assert.equal(flags["max-errors"], "07");
    assert.equal("modelVersion" in flags, false);
  });

  it("give several values where a flag is repeated", async () => {
    const { flags } = await commandOf("stage", "--set", "a=1", "--set", "b=x y");
    assert.deepEqual(flags["set"], ["a=1", "b=x y"]);
  });

  it("leave out what was not given, so that its variable counts", async () => {
    const { flags } = await commandOf("promote");
    assert.deepEqual(
      (Object.keys(options) as OptionName[]).filter((name) => flags[name] !== undefined),
      [],
    );
  });

  it("take plan's action as a word, as a flag, or not at all (then its variable counts)", async () => {
    assert.equal((await commandOf("plan", "promote")).flags["action"], "promote");
    assert.equal((await commandOf("plan", "--action", "promote")).flags["action"], "promote");
    assert.equal((await commandOf("plan")).flags["action"], undefined);
  });

  const wrong: readonly (readonly [argv: readonly string[], problem: RegExp])[] = [
    [[], /^name a command: stage, promote, rollback, plan, status, /],
    [["frobnicate"], /^Unknown command: frobnicate; there are stage, promote, /],
    [["promot"], /^Unknown command: promot; did you mean promote\?; there are stage, /],
    [["stage", "extra"], /^Unknown argument: extra$/],
    [["stage", "--bogus"], /^Unknown option: --bogus$/],
    [["stage", "--bogus", "1", "--worse=2"], /^Unknown option: --bogus$/],
    [["status", "--watchh"], /^Unknown option: --watchh; did you mean --watch\?$/],
    [["stage", "--names=x"], /^Unknown option: --names; did you mean --name\?$/],
    [["stage", "--time-out", "9m"], /^Unknown option: --time-out; did you mean --timeout\?$/],
    [["rollback", "--set", "a=b"], /^Unknown option: --set$/],
    [["promote", "--restore-version"], /^Unknown option: --restore-version$/],
    [["settle", "--model-version", "v1"], /^Unknown option: --model-version$/],
    [["promote", "--namespace"], /^Not enough arguments following: namespace$/],
    [["promote", "--namespace", "--name", "x"], /^Not enough arguments following: namespace$/],
    [["promote", "--__proto__.polluted", "1"], /^Unknown option/],
    [["promote", "--__proto__", "1"], /^Unknown option: --__proto__; did you mean --probe\?$/],
    [["promote", "--no-toString"], /^Unknown option: --toString$/],
    [["promote", "--valueOf=1"], /^Unknown option: --valueOf$/],
    [["constructor"], /^Unknown command: constructor; /],
    [["--constructor"], /^Unknown option: --constructor$/],
    [["promote", "--constructor", "1"], /^Unknown option: --constructor$/],
  ];
  for (const [argv, problem] of wrong) {
    it(`bluegreen ${argv.join(" ")}: a problem, no crash`, async () => {
      assert.match(await problemOf(...argv), problem);
    });
  }

  it("take no secret, and do not repeat it", async () => {
    for (const argv of [
      ["--git-password", "hunter2"],
      ["--git-password=hunter2"],
      ["--git-username=hunter2"],
    ]) {
      assert.match(
        await problemOf("promote", ...argv),
        /^Unknown option: --git-(password|username)(; did you mean --git-[a-z-]+\?)?$/,
      );
    }
  });

  it("are explained in English, whatever the locale", async () => {
    const { LANG, LC_ALL } = process.env;
    try {
      process.env["LANG"] = "de_DE.UTF-8";
      delete process.env["LC_ALL"];
      assert.match(await problemOf("frobnicate"), /^Unknown command: frobnicate; /);
    } finally {
      restore("LANG", LANG);
      restore("LC_ALL", LC_ALL);
    }
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describe("help", () => {
  it("of the program names every command and every exit code", async () => {
    const text = await textOf("--help");
    for (const name of names) assert.match(text, new RegExp(`bluegreen ${name}\\b`));
    const flat = text.replace(/\s+/g, " ");
    for (const [name, code] of Object.entries(exitCodes)) assert.ok(flat.includes(`${code} ${name}`), name);
  });

  it("of the program fits 80 columns and 30 lines", async () => {
    const lines = (await textOf("--help")).split("\n");
    assert.ok(lines.length <= 30, `${lines.length} lines`);
    assert.ok(lines.every((line) => line.length <= 80));
  });

  it("is the same for help", async () => assert.equal(await textOf("help"), await textOf("--help")));

  it("--version says the version", async () => assert.equal(await textOf("--version"), "1.2.3"));

  for (const name of names) {
    it(`of ${name} lists its options with their variables, and no other's`, async () => {
      const text = await textOf(name, "--help-all");
      for (const option of Object.keys(options) as OptionName[]) {
        const listed = new RegExp(`\\b${variableOf(option)}\\b|^ +${option}  `, "m").test(text);
        assert.equal(listed, commands[name].names.includes(option), option);
      }
    });

    it(`of ${name} fits a screen of 80 columns and 24 lines, and leads to the rest`, async () => {
      const lines = (await textOf(name, "--help")).split("\n");
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      );
      assert.ok(lines.length <= 24, `${lines.length} lines`);
      assert.match(lines.join("\n"), new RegExp(`  bluegreen ${name} --help-all$`, "m"));
      assert.match(lines.join("\n"), /^Examples:$/m);
    });

    it(`of ${name} shows what is required on that screen, and everything in 80 columns after it`, async () => {
      const text = await textOf(name, "--help");
      for (const option of commands[name].required)
        assert.match(text, new RegExp(`^ +(--)?${option}  `, "m"));
      const long = (await textOf(name, "--help-all")).split("\n").filter((line) => line.length > 80);
      assert.deepEqual(
        long.filter((line) => !line.includes("BLUEGREEN_")),
        [],
        "only a variable's name may be wider",
      );
    });

    it(`of ${name} shows examples that work`, async () => {
      const { examples } = commands[name];
      assert.ok(examples.length > 0);
      for (const example of examples) {
        const [program, ...argv] = example.split(" ");
        assert.equal(program, "bluegreen");
        const { command, flags } = await commandOf(...argv);
        assert.equal(command, name);
        const missing = commands[name].required.filter((option) => flags[option] === undefined);
        assert.deepEqual(missing, []);
      }
    });
  }

  it("needs nothing else to be right", async () => {
    assert.match(await textOf("stage", "--help", "--bogus"), /^bluegreen stage/);
  });
});

describe("actions", () => {
  for (const text of ["stage", "promote", "rollback"]) it(text, () => assert.ok(isAction(text)));
  for (const text of ["plan", "", "Stage", "constructor"]) {
    it(`${JSON.stringify(text)} is none`, () => assert.ok(!isAction(text)));
  }
});

describe("plain arguments", () => {
  // `--name=value` goes by yargs, `--name value` is read directly: both must come to the same.
  for (const pairs of [
    ["await", [["state-file", "run.json"]]],
    [
      "promote",
      [
        ["namespace", "user1-test"],
        ["name", "jukebox"],
        ["git-url", "https://git.example.org/x.git"],
      ],
    ],
    [
      "stage",
      [
        ["model-version", "007"],
        ["set", "a=b=c"],
        ["timeout", "5m"],
      ],
    ],
  ] as const) {
    const [command, flags] = pairs;
    it(`are read as yargs reads them: ${command}`, async () => {
      const plain = await parseArguments(
        [command, ...flags.flatMap(([name, value]) => [`--${name}`, value])],
        "1",
      );
      const byYargs = await parseArguments(
        [command, ...flags.map(([name, value]) => `--${name}=${value}`)],
        "1",
      );
      assert.ok(plain.kind === "command" && byYargs.kind === "command");
      assert.equal(plain.command, byYargs.command);
      for (const [name] of flags) assert.deepEqual(plain.flags[name], byYargs.flags[name]);
    });
  }

  it("leave everything odd to yargs, which refuses it", async () => {
    for (const argv of [
      ["await", "--nosuch", "x"],
      ["await", "--state-file"],
      ["promote", "--git-password", "x"],
    ]) {
      await assert.rejects(parseArguments(argv, "1"), { reason: "INVALID_OPTION" });
    }
  });
});
