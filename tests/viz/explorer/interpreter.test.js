// The page's interpreter against Python: test_javascript.py writes what Python computed, and runs this.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { arithmetic } from "./state/arithmetic.js";
import { Interpreter } from "./state/interpreter.js";

const TOLERANCE = 1e-12;
const folder = process.env.EXPLORER_DATA;
assert.ok(folder, "EXPLORER_DATA must name the folder that test_javascript.py has written");

const { functions, cases, graphs } = JSON.parse(readFileSync(join(folder, "cases.json"), "utf-8"));
const { RULES } = await import(pathToFileURL(join(folder, "rules.js")));

const numbers = (text) => new Float64Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

function agree(computed, expected) {
  if (expected === 0 && computed === 0) return Object.is(computed, expected); // 1/0 and 1/-0 are not the same
  if (!Number.isFinite(expected)) return Object.is(computed, expected);
  return Math.abs(computed - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

function compare(computed, expected, what) {
  assert.equal(computed.length, expected.length, what);
  for (let i = 0; i < computed.length; i++) {
    assert.ok(agree(computed[i], expected[i]), `${what}, number ${i}: ${computed[i]} instead of ${expected[i]}`);
  }
}

/** One operation and its operands as a graph. */
function graphOf(rule, operands) {
  const count = operands.length;
  const operation = new Uint16Array(count + 1);
  operation[count] = rule;
  const starts = new Int32Array(count + 2);
  starts[count + 1] = count;
  return { operation, starts, operands: Int32Array.from(operands.keys()), leaves: Float64Array.from(operands) };
}

test("the functions that a rule may call are those of arithmetic.js", () => {
  assert.deepEqual([...Object.keys(arithmetic), "where"].sort(), functions);
});

assert.ok(cases.length > 0 && graphs.length > 0);

for (const { rule, points, values, partials, refused } of cases) {
  const { name, operands: count } = RULES[rule];
  test(`${name} of ${count}`, () => {
    const [allPoints, allPartials, allValues] = [points, partials, values].map(numbers);
    for (let i = 0; i < allValues.length; i++) {
      const point = allPoints.subarray(i * count, (i + 1) * count);
      const interpreter = new Interpreter(graphOf(rule, point), RULES);
      interpreter.forward();
      const what = `${name}(${[...point.subarray(0, 8)].join(", ")})`;
      compare([interpreter.data[count]], [allValues[i]], what);
      compare(interpreter.partials, allPartials.subarray(i * count, (i + 1) * count), `the partials of ${what}`);
    }
    for (const { point, message } of refused) {
      const graph = graphOf(rule, numbers(points).subarray(0, count));
      const interpreter = new Interpreter(graph, RULES);
      interpreter.forward();
      const before = [interpreter.data, interpreter.partials].map((array) => array.slice());
      graph.leaves.set(numbers(point));
      assert.throws(() => interpreter.forward(), { name: "RangeError", message });
      assert.deepEqual([interpreter.data, interpreter.partials], before);
    }
  });
}

graphs.forEach((packed, number) => {
  const graph = {
    operation: Uint16Array.from(packed.operation),
    starts: Int32Array.from(packed.starts),
    operands: Int32Array.from(packed.operands),
    leaves: numbers(packed.leaves),
  };
  const interpreter = new Interpreter(graph, RULES);

  test(`graph ${number}: forward`, () => {
    interpreter.forward();
    compare(interpreter.data, numbers(packed.data), "data");
    compare(interpreter.partials, numbers(packed.partials), "partials");
  });

  test(`graph ${number}: backward, twice`, () => {
    for (let i = 0; i < 2; i++) {
      interpreter.backward();
      compare(interpreter.gradient, numbers(packed.gradient), "gradient");
    }
  });

  test(`graph ${number}: what has passed its gradient on has had all of it`, () => {
    interpreter.backward();
    const all = interpreter.gradient.slice();
    for (let downTo = all.length; downTo >= graph.leaves.length; downTo--) {
      interpreter.backward(downTo);
      compare(interpreter.gradient.subarray(downTo), all.subarray(downTo), `gradient from ${downTo} on`);
    }
  });

  test(`graph ${number}: backward, stopped on the way`, () => {
    const root = graph.operation.length - 1;
    interpreter.backward(root + 1);
    assert.equal(
      interpreter.gradient.findIndex((gradient) => gradient !== 0),
      root,
    );
    assert.equal(interpreter.gradient[root], 1);
    interpreter.backward(root);
    const expected = new Float64Array(root + 1);
    expected[root] = 1;
    for (let edge = graph.starts[root]; edge < graph.starts[root + 1]; edge++) {
      expected[graph.operands[edge]] += interpreter.partials[edge];
    }
    assert.deepEqual(interpreter.gradient, expected);
  });
});
