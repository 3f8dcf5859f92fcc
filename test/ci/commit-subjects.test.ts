import { describe, expect, it } from 'vitest';
import { subjectFaults } from '../../.ci/checks/commit-subjects.mjs';

describe('check of commit subjects', () => {
  it.each([
    'saver: hold frames back',
    'native, test: fuzz the framing',
    '.ci: run the check',
    'README: two commands',
  ])('accepts: %s', (subject) => {
    expect(subjectFaults(subject)).toEqual([]);
  });

  it.each([
    ['Mend what a review found', 'is not of the form'],
    ['saver:hold', 'is not of the form'],
    ['saver: hold frames back.', 'ends with a full stop'],
    [`saver: ${'x'.repeat(66)}`, 'has more than 72 characters'],
  ])('refuses: %s', (subject, fault) => {
    expect(subjectFaults(subject)).toContainEqual(expect.stringContaining(fault));
  });

  it('counts characters, not bytes', () => {
    expect(subjectFaults(`saver: ${'é'.repeat(65)}`)).toEqual([]);
  });
});
