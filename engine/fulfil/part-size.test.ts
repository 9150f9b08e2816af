import { expect, it } from 'vitest';
import { PartSize } from './part-size.ts';

/** The sizes that come after parts which took so long, in milliseconds. */
function follow(size: PartSize, times: readonly number[]): readonly number[] {
  return times.map((time) => {
    size.learn(size.orders, time);
    return size.orders;
  });
}

it('parts grow while they are quick, stay while they take their time, and shrink when they take long', () => {
  const size = new PartSize(4);

  expect(size.orders).toBe(25);
  expect(follow(size, [10, 199, 200, 2_000, 10, 10, 10])).toEqual([
    50, 100, 100, 100, 200, 400, 400,
  ]);
  expect(follow(size, [2_001, 9_000, 9_000, 9_000, 9_000])).toEqual([200, 100, 50, 25, 25]);
});

it('a quick part that was not full says nothing', () => {
  const size = new PartSize(1);

  size.learn(24, 1);

  expect(size.orders).toBe(25);
});

it.each([
  [40, [80, 160, 320, 320]],
  [600, [600]],
])('a package that takes %i orders together gets at least as many', (together, sizes) => {
  const size = new PartSize(together);

  expect(size.orders).toBe(together);
  expect(
    follow(
      size,
      sizes.map(() => 1),
    ),
  ).toEqual(sizes);
  expect(
    follow(
      size,
      Array.from({ length: 9 }, () => 60_000),
    ).at(-1),
  ).toBe(together);
});
