import assert from "node:assert/strict";
import fc from "fast-check";
import { formatQuantity, parseQuantity } from "../../src/core/quantity.ts";

describe("a quantity", () => {
  const known: Readonly<Record<string, number>> = {
    "0": 0,
    "1": 1,
    "+2": 2,
    "0.5": 0.5,
    ".5": 0.5,
    "5.": 5,
    "250m": 0.25,
    "1500u": 0.0015,
    "100n": 1e-7,
    "1k": 1_000,
    "2M": 2_000_000,
    "3G": 3e9,
    "1T": 1e12,
    "1P": 1e15,
    "1E": 1e18,
    "1Ki": 1_024,
    "512Mi": 536_870_912,
    "1.5Gi": 1_610_612_736,
    "1Ti": 1024 ** 4,
    "1Pi": 1024 ** 5,
    "1Ei": 1024 ** 6,
    "12e3": 12_000,
    "1E3": 1_000,
    "1e-3": 0.001,
    "1e+2": 100,
  };
  for (const [text, amount] of Object.entries(known)) {
    it(`${text} is ${amount}`, () => {
      const parsed = parseQuantity(text) ?? Number.NaN;
      assert.ok(Math.abs(parsed - amount) <= amount * 1e-12, `${parsed}`);
    });
  }

  for (const text of [
    "",
    " 1",
    "1 ",
    "-1",
    "1K",
    "1ki",
    "1mi",
    "1GiB",
    "1e",
    "1e3Gi",
    "0x10",
    "NaN",
    "1,5",
    ".",
  ]) {
    it(`“${text}” is none`, () => assert.equal(parseQuantity(text), undefined));
  }

  it("is finite and at least 0, whatever the text", () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,50}\.?\d{0,50}[eEkKmMGTPi\d-]{0,4}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const amount = parseQuantity(text) ?? 0;
        assert.ok(Number.isFinite(amount) && amount >= 0);
      }),
    );
  });

  const shown: readonly (readonly [string, number, string])[] = [
    ["cpu", 0.1 + 0.2, "0.3"],
    ["cpu", 2, "2"],
    ["cpu", 2_048, "2048"],
    ["example.com/licences", 1_024, "1024"],
    ["nvidia.com/gpu", 1, "1"],
    ["memory", 0, "0"],
    ["memory", 0.5, "0.5"],
    ["memory", 1_000, "1000"],
    ["memory", 1_024, "1Ki"],
    ["memory", 4.5 * 1024 ** 3, "4.5Gi"],
    ["memory", 1024 ** 6, "1024Pi"],
    ["ephemeral-storage", 1024 ** 2, "1Mi"],
    ["hugepages-2Mi", 2 * 1024 ** 2, "2Mi"],
  ];
  for (const [resource, amount, text] of shown) {
    it(`${amount} of ${resource} is shown as ${text}`, () =>
      assert.equal(formatQuantity(resource, amount), text));
  }
});
