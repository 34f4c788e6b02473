/** What a person may have meant by a word that is none of ours. */
import { nearest } from "../core/nearest.ts";
import { commands } from "./commands.ts";

/** `name`: without its dashes, as yargs gives it. */
export function unknownWord(name: string, argv: readonly string[]): string {
  const dashes = argv.map((text) => /^-*/.exec(text)?.[0] ?? "");
  const at = argv.findIndex((text, index) => isNamed(text.slice(dashes[index]?.length), name));
  const isOption = at >= 0 && dashes[at] !== "";
  const [command = ""] = argv;
  if (isOption) return suggest(`Unknown option: ${dashes[at]}${name}`, nearest(name, namesOf(command)), "--");
  if (Object.hasOwn(commands, command)) return `Unknown argument: ${name}`;
  const names = Object.keys(commands);
  return `${suggest(`Unknown command: ${name}`, nearest(name, names))}; there are ${names.join(", ")}`;
}

export function nameCommand(): string {
  return `name a command: ${Object.keys(commands).join(", ")}`;
}

function isNamed(word: string, name: string): boolean {
  return [name, `no-${name}`].some(
    (each) => word === each || word.startsWith(`${each}=`) || word.startsWith(`${each}.`),
  );
}

function namesOf(command: string): readonly string[] {
  return Object.hasOwn(commands, command) ? commands[command as keyof typeof commands].names : [];
}

function suggest(problem: string, meant: string | undefined, dashes = ""): string {
  return meant === undefined ? problem : `${problem}; did you mean ${dashes}${meant}?`;
}
